"""What `rebuild` and `verify` share: progress on stderr, the report on stdout."""

from collections.abc import Callable, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from klantbeeld.cli.output import data, json_data, say

if TYPE_CHECKING:
    from projections.rebuild import RebuildReport
    from projections.verify import VerifyReport

_SECONDS_BETWEEN_LINES: Final = 5.0


def progress() -> Callable[[int, int], None]:
    """Tells every few seconds how far a replay has come."""
    last = monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal last
        if monotonic() - last > _SECONDS_BETWEEN_LINES:
            last = monotonic()
            say(f"{done:,} of {total:,} records")

    return tell


def tell(
    report: "RebuildReport | VerifyReport", as_json: bool, further: Mapping[str, Any] | None = None
) -> None:
    """`further` stands in the JSON beside what the reports have in common."""
    from projections.rebuild import told

    if as_json:
        json_data(told(report) | {"count": report.count, **(further or {})})
        return
    data(f"content digest {report.content_digest}")
    for one in report.partitions:
        data(
            f"partition {one.partition}: {one.position:,} of {one.log_end:,} records = {one.stored:,} stored"
            f" + {one.late:,} late duplicates + {one.dead:,} dead letters + {one.shredded:,} shredded"
            f"{'' if one.balanced else '  OUT OF BALANCE'}"
        )
    for difference in report.differences:
        data(f"{difference.kind} {difference.table} {' '.join(map(str, difference.key))}".rstrip())
    if report.count > len(report.differences):
        data(f"… and {report.count - len(report.differences):,} more differences")
