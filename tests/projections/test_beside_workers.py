"""Workers go on while a rebuild or a verification reads and compares: what it holds concerns nobody else."""

from collections.abc import Callable
from typing import Final

import pytest

from projections.fence import Processor
from projections.rebuild import rebuild
from projections.search.postgres import PostgresSearch
from projections.search.processor import SearchProcessor
from projections.timeline import TimelineProcessor
from tests.domain.building import BORIS, Cloud, cloud, correction
from tests.projections.installation import RULES, Installation

PATIENCE: Final = "3s"
COMPARING: Final = 3
"""A replay tells of its progress after filling, after catching up, and while it compares, if each time something came."""


def said(n: int) -> Cloud:
    return cloud(
        "order.shipment_updated",
        n,
        BORIS,
        id=f"said {n}",
        tracking="3S1",
        order_id="shop:1",
        status="shipped",
    )


def workers(installation: Installation) -> list[Processor]:
    """As several of them share the work."""
    timeline = TimelineProcessor(installation.names, installation.keys, RULES)
    return [timeline, SearchProcessor(PostgresSearch)]


def replaying(
    installation: Installation, news: Callable[[int], Cloud]
) -> tuple[list[int], Callable[[int, int], None]]:
    """Told of progress, workers take one more event each time, and may not wait for long."""
    installation.running = workers(installation)
    installation.take([said(0)])
    installation.connection.execute(f"SET lock_timeout TO '{PATIENCE}'")
    times: list[int] = []

    def progress(_done: int, _total: int) -> None:
        times.append(len(times) + 1)
        if len(times) <= COMPARING:
            installation.take([news(len(times))])

    return times, progress


def put_right(n: int) -> Cloud:
    return correction(n, said(0), id=f"put right {n}", status="delivered" if n % 2 else "shipped")


@pytest.mark.parametrize("news", [said, put_right])
def test_workers_go_on_while_a_rebuild_compares(
    installation: Installation, news: Callable[[int], Cloud]
) -> None:
    times, progress = replaying(installation, news)
    report = rebuild(
        installation.database,
        installation.log,
        installation.keys,
        lambda: workers(installation),
        progress=progress,
    )
    assert len(times) >= COMPARING
    assert report.count == 0
