"""One new piece of evidence about a component of many identifiers: found, resolved and written, and resolved alone.

Run by itself (`python -m tests.bench.identity.components SIZE…`), on the installation of the settings.
"""

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from klantbeeld.bootstrap import opened
from klantbeeld.domain.events.event import Event, Identified
from klantbeeld.domain.identifiers import Strength
from klantbeeld.domain.identity import Known, Rules, default_rules, resolve
from klantbeeld.domain.testimony import testimony
from klantbeeld.log.postgres.database import Connection
from klantbeeld.settings import load
from projections.acquaintance import Acquaintance
from projections.identities import Identities
from tests.bench.identity.people import batches, event, named, read_models
from tests.bench.latency import percentiles
from tests.counting import counted

BATCH = 500
TIMES = {50: 300, 500: 60}
AT_LEAST = 12
Shape = Callable[[int], Iterator[list[Identified]]]


def shopper(size: int) -> Iterator[list[Identified]]:
    """A number, three mailboxes and two phones; everything else is orders and their parcels."""
    number = named("customer_number", "s", Strength.verified)
    mails = [named("email", f"s{n}", Strength.verified) for n in range(3)]
    phones = [named("phone", f"s{n}") for n in range(2)]
    for one in (*mails, *phones):
        yield [number, one]
    for n in range((size - 6) // 2):
        order = named("order_number", f"s{n}")
        yield [mails[n % 3], order]
        yield [order, named("tracking", f"s{n}")]


def chain(size: int) -> Iterator[list[Identified]]:
    """Mailbox, phone, mailbox, phone: each only known to belong to the next."""
    links = [named(("email", "phone")[n % 2], f"c{n}") for n in range(size)]
    yield from ([one, other] for one, other in pairwise(links))


SHAPES: dict[str, Shape] = {"shopper": shopper, "chain": chain}


def measured(connection: Connection, rules: Rules, shape: Shape, size: int) -> dict[str, Any]:
    """The component and a stranger are stored; that both are one person is the news. Each time it is taken back."""
    told = list(shape(size))
    stranger = [named("social:bench", f"{shape.__name__}{size}")]
    events = [event(n, who) for n, who in enumerate([*told, stranger])]
    connection.execute("TRUNCATE identifier, evidence, conflict")
    for batch in batches(events, BATCH):
        with connection.transaction():
            Identities(connection, rules, Acquaintance()).take(batch)
    connection.execute("ANALYZE identifier")
    connection.execute("ANALYZE evidence")
    news = event(len(events), [told[len(told) // 2][0], *stranger])
    times = max(TIMES.get(size, 0), AT_LEAST)
    seconds = [_taken(connection, rules, news) for _ in range(times)]
    with counted(connection) as work:
        _taken(connection, rules, news)
    return {
        "identifiers": len({one.token for who in told for one in who}),
        "taken": percentiles(seconds),
        "statements": work.statements,
        "rows": work.rows,
        "resolved": percentiles(_resolutions([*events, news], rules, times)),
    }


def _taken(connection: Connection, rules: Rules, news: Event) -> float:
    with connection.transaction(force_rollback=True):
        began = time.perf_counter()
        moved = Identities(connection, rules, Acquaintance()).take([news])
        took = time.perf_counter() - began
    if not moved:
        raise RuntimeError("the news joined nobody")
    return took


def _resolutions(events: list[Event], rules: Rules, times: int) -> list[float]:
    """The pure function on the same evidence."""
    pieces = [piece for one in events for piece in testimony(one)]
    known = {one.token: Known(token=one.token, type=one.type) for each in events for one in each.identifiers}
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        found = resolve(known, pieces, rules)
        seconds.append(time.perf_counter() - began)
    if len(found.clusters) != 1:
        raise RuntimeError("not one component")
    return seconds


def main() -> None:
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    with opened(load(), pool=4) as system, read_models(system.database) as connection:
        found = {
            name: {size: measured(connection, default_rules(), shape, int(size)) for size in sys.argv[1:]}
            for name, shape in SHAPES.items()
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
