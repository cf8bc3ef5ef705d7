"""Several workers on several partitions leave the read models that one worker on one partition leaves."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from threading import Barrier, Thread
from types import SimpleNamespace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from klantbeeld.log.record import Record
from projections.fence import apply_batch
from projections.timeline import TimelineProcessor
from streams.measures import Measures
from streams.partitions import Partitions
from tests.domain.building import BORIS, Cloud, cloud
from tests.domain.household import household
from tests.domain.strategies import histories
from tests.projections.installation import RULES, Installation
from tests.waiting import until

WORKERS = 3
EACH = 2
"""Partitions of each worker."""
fixtures_too = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
some_histories = st.one_of(histories(), st.just(household()))


def spread(records: Sequence[Record], chance: Random) -> list[list[Record]]:
    """The records over partitions: each in one of them, some in a second one too, in any order."""
    partitions: list[list[Record]] = [[] for _ in range(WORKERS * EACH)]
    for record in chance.sample(records, len(records)):
        for number in chance.sample(range(len(partitions)), 1 if chance.random() < 0.8 else 2):
            own = partitions[number]
            own.append(replace(record, partition=number, position=len(own)))
    return partitions


class Worker(Thread):
    """Takes its partitions, in batches of any size, together with the others."""

    def __init__(
        self, installation: Installation, own: Sequence[list[Record]], start: Barrier, seed: int
    ) -> None:
        super().__init__()
        self._own, self._together, self._chance = own, start, Random(seed)
        processor = TimelineProcessor(installation.names, installation.keys, RULES)
        self._connection = installation.database.dedicated()
        database = SimpleNamespace(dedicated=lambda: self._connection)
        system: Any = SimpleNamespace(log=installation.log, keys=installation.keys, database=database)
        self._work = Partitions(system, processor, lambda record: record, Measures())
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            self._together.wait()
            taken = [0 for _ in self._own]
            while any(done < len(records) for done, records in zip(taken, self._own, strict=True)):
                batch: list[Record] = []
                for number, records in enumerate(self._own):
                    end = taken[number] + self._chance.randint(0, 12)
                    batch += records[taken[number] : end]
                    taken[number] = min(end, len(records))
                self._work.take(self._work.prepare(batch))
        except BaseException as error:
            self.failure = error
        finally:
            self._connection.close()


def worked(installation: Installation, history: Sequence[Cloud], chance: Random) -> None:
    installation.empty()
    installation.post(history)
    partitions = spread(installation.records(), chance)
    barrier = Barrier(WORKERS)
    shares = [partitions[first : first + EACH] for first in range(0, len(partitions), EACH)]
    workers = [Worker(installation, own, barrier, chance.randint(0, 99)) for own in shares]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.failure for worker in workers if worker.failure] == []
    installation.running[0].forget()
    assert installation.all("SELECT 1 FROM kept.dead_letter") == []


@settings(max_examples=40, suppress_health_check=fixtures_too)
@given(history=some_histories, chance=st.randoms(use_true_random=False))
def test_several_workers_leave_what_one_leaves(
    reused: Installation, history: list[Cloud], chance: Random
) -> None:
    worked(reused, history, chance)
    assert reused.digest() == reused.expected_digest()


def test_every_event_is_stored_once_and_the_rest_are_late_duplicates(reused: Installation) -> None:
    worked(reused, household(), Random(7))
    (stored, late, moved) = reused.one(
        "SELECT sum(stored), sum(late_duplicates), sum(next_position) FROM checkpoint WHERE processor = 'timeline'"
    )
    assert stored == len(reused.records())
    assert stored + late == moved
    assert late > 0


def parcel(seed: int, n: int) -> Cloud:
    order = {"order_id": f"shop:{n % 4}"} if n % 3 == 0 else {}
    id = f"parcel {seed} {n}"
    return cloud("order.shipment_updated", n, BORIS, id=id, tracking=f"3S{n % 4}", status="shipped", **order)


def test_what_many_workers_say_of_one_parcel_comes_to_one_order(reused: Installation) -> None:
    """Half of the events know only the tracking code; whoever comes first, all end at the order."""
    for seed in range(6):
        history = [parcel(seed, n) for n in range(60)]
        worked(reused, history, Random(seed))
        assert reused.digest() == reused.expected_digest()
        orders = reused.all("SELECT DISTINCT external_id FROM entity WHERE kind = 'order' ORDER BY 1")
        assert [one for (one,) in orders] == ["shop:0", "shop:1", "shop:2", "shop:3"]


def acquaintance(seed: int, n: int, chance: Random) -> Cloud:
    """An event that names two of a dozen identifiers: links of one chain come in through several workers."""
    pair = [{"type": "email", "value": f"p{one}@example.nl"} for one in chance.sample(range(12), 2)]
    return cloud("visit.recorded", n, pair, id=f"visit {seed} {n}", page="/help")


def test_links_of_one_chain_through_several_workers_make_one_customer(reused: Installation) -> None:
    for seed in range(5):
        chance = Random(seed)
        worked(reused, [acquaintance(seed, n, chance) for n in range(30)], chance)
        assert reused.digest() == reused.expected_digest()


def seen(n: int, *who: str) -> Cloud:
    identifiers = [{"type": "email", "value": f"{one}@example.nl", "strength": "verified"} for one in who]
    return cloud("visit.recorded", n, identifiers, id=f"seen {n}", page="/help")


def test_what_joins_a_customer_while_another_worker_joins_it_to_one_more_is_not_left_behind(
    installation: Installation,
) -> None:
    """The chain is long enough for a worker to read its far end before it holds that."""
    chain = [seen(10 + n, f"t{n}", f"t{n + 1}") for n in range(8)]
    installation.take([seen(1, "older", "oldest"), *chain])
    installation.post([seen(30, "t8", "sprig"), seen(31, "t0", "older")])
    *_, sprig, joining = installation.records()
    near, far = (TimelineProcessor(installation.names, installation.keys, RULES) for _ in range(2))
    with (
        installation.database.dedicated() as one,
        installation.database.dedicated() as other,
        ThreadPoolExecutor(1) as pool,
    ):
        with one.transaction():
            near.apply(one, [sprig], 0)

            def join() -> None:
                with other.transaction():
                    far.apply(other, [joining], 0)

            joined = pool.submit(join)
            until(lambda: joined.done() or waits(installation))
        joined.result()
    heads = installation.all("SELECT DISTINCT head FROM identifier")
    assert len(heads) == 1


def waits(installation: Installation) -> bool:
    return installation.one("SELECT count(*) FROM pg_locks WHERE NOT granted")[0] > 0


def test_of_copies_that_differ_the_first_is_stored_with_its_digest(installation: Installation) -> None:
    installation.post([cloud("visit.recorded", 1, BORIS, id="twice", page="/help")])
    (record,) = installation.records()
    copy = replace(record, position=1, digest=b"of other bytes")
    processor = TimelineProcessor(installation.names, installation.keys, RULES)
    with installation.connection.transaction():
        apply_batch(installation.connection, processor, 0, installation.log.log_id(), [record, copy])
    assert installation.one("SELECT digest FROM entry") == (record.digest,)
