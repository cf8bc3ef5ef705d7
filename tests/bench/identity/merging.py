"""Two customers with long histories made one by a person's word and two again, beside two with a handful of entries.

The word is appended as the system's own; the clock runs until a read that waits for it is answered. Heavy and light take
turns, so that whatever the machine does meets both.
"""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from klantbeeld.bootstrap import System, opened
from klantbeeld.ingest.sender import Sender
from tests.bench.installation import Installation
from tests.bench.latency import percentiles, timed
from tests.bench.reading import timeline
from tests.bench.traffic import poured
from tests.bench.wire import Wire
from tests.bench.workload import HeavyCustomer

TIMES = 12
PAGES = 100
HANDFUL = 20
PERSON = Sender(name="bench", system=True)
Couple = tuple[HeavyCustomer, HeavyCustomer]


def measured(system: Installation, entries: int) -> dict[str, Any]:
    couples: dict[str, Couple] = {
        "light": (HeavyCustomer("la"), HeavyCustomer("lb")),
        "heavy": (HeavyCustomer("ha"), HeavyCustomer("hb")),
    }
    for name, couple in couples.items():
        for one in couple:
            poured(system, one, entries if name == "heavy" else HANDFUL)
    seconds: dict[str, list[float]] = {f"{word}_{name}": [] for word in WORDS for name in couples}
    pages: dict[str, list[float]] = {}
    with opened(system.settings, pool=2) as wired, system.wire("agent") as wire:
        for number in range(TIMES):
            for word in WORDS:
                for name, couple in couples.items():
                    seconds[f"{word}_{name}"].append(_said(wired, wire, word, number, couple))
                    if number == TIMES - 1:
                        pages[f"page_{word}_{name}"] = _pages(wire, couple)
    of = {name: percentiles(found) for name, found in (seconds | pages).items()}
    ratios = {
        f"{what}_heavy_to_light": round(of[f"{what}_heavy"]["p50_ms"] / of[f"{what}_light"]["p50_ms"], 3)
        for what in (*WORDS, *(f"page_{word}" for word in WORDS))
    }
    return {"entries": entries, **of, **ratios}


WORDS = ("linked", "unlinked")


def _said(wired: System, wire: Wire, word: str, number: int, couple: Couple) -> float:
    """Seconds from the word to the first read that knows it; who is one now must be one."""
    began = time.perf_counter()
    receipt = wired.ingest.accept([_event(word, number, couple)], PERSON)
    if receipt.count("accepted") != 1 or receipt.position is None:
        raise RuntimeError("the word was not accepted")
    wire.until_visible(couple[0].mail(0), receipt.position)
    took = time.perf_counter() - began
    one, other = (wire.customer(each.mail(0)) for each in couple)
    if (one == other) != (word == "linked"):
        raise RuntimeError("the word had no effect")
    return took


def _event(word: str, number: int, couple: Couple) -> bytes:
    """Each later than the last."""
    pair = [dict(zip(("type", "value"), one.mail(0), strict=True)) for one in couple]
    at = datetime.now(UTC) - timedelta(hours=1) + timedelta(seconds=2 * number + WORDS.index(word))
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"{word}-{number}-{couple[0].mail(0)[1]}",
            "source": "/bench/people",
            "type": f"klantbeeld.identity.{word}",
            "time": at.isoformat(),
            "data": {"pair": pair, "by": "a-1", "reason": "bench"},
        }
    ).encode()


def _pages(wire: Wire, couple: Couple) -> list[float]:
    customer = wire.customer(couple[0].mail(0))
    timeline(wire, customer)
    return [timed(lambda: timeline(wire, customer)) for _ in range(PAGES)]
