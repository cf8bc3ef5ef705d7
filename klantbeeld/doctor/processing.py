"""What was done with the log: whether the read models belong to it, how far they are, what was set aside, what waits."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from klantbeeld.doctor.database import SQL
from klantbeeld.doctor.findings import Finding, fail, ok, warn
from klantbeeld.domain.values import value
from klantbeeld.log.kafka.spool import MOST_BYTES, MOST_ROWS
from klantbeeld.log.postgres.database import Connection

LATE: Final = 60.0
"""Seconds that a record may wait to be processed, or lie in the spool."""
NEARLY_FULL: Final = 0.8
MANY_LETTERS: Final = 50
"""Set aside within an hour: as many stop a line."""
Checkpoint = tuple[str, int, int, str]


@value
class Log:
    """`accepted_at` tells when the record at a position was accepted, if that can be told; `working` of a processor
    whether somebody runs it, None where that cannot be told.
    """

    log_id: str
    starts: Mapping[int, int]
    ends: Mapping[int, int]
    accepted_at: Callable[[int, int], datetime | None]
    working: Callable[[str], bool | None]


def embedded_log(connection: Connection) -> Log:
    """The log in this database; whether `klantbeeld serve` processes it cannot be told from here."""

    def accepted_at(_partition: int, position: int) -> datetime | None:
        row = connection.execute(SQL["accepted_at"], {"position": position}).fetchone()
        return row[0] if row else None

    row = connection.execute(SQL["log_end"]).fetchone()
    assert row
    return Log(
        log_id=row[0],
        starts={0: 0},
        ends={0: row[1]},
        accepted_at=accepted_at,
        working=lambda processor: None,
    )


def examine_log(connection: Connection, log: Log, now: datetime) -> Iterator[Finding]:
    checkpoints: list[Any] = connection.execute(SQL["checkpoints"]).fetchall()
    yield _beginning(log)
    yield _log_id(checkpoints, log)
    if all(one[3] == log.log_id for one in checkpoints):
        yield _past_end(checkpoints, log)
        for name in dict.fromkeys(["timeline", "search", *(one[0] for one in checkpoints)]):
            yield _progress(name, {one[1]: one[2] for one in checkpoints if one[0] == name}, log, now)


def examine_absence(connection: Connection) -> Iterator[Finding]:
    """Of a log that is not there: fine, unless something was read from one."""
    if any(position for _, _, position, _ in connection.execute(SQL["checkpoints"]).fetchall()):
        yield fail(
            "log",
            "the topic is gone, and the read models were filled from one",
            "restore it, or correct KLANTBEELD_KAFKA_BOOTSTRAP and KLANTBEELD_TOPIC_PREFIX",
        )


def examine_letters(connection: Connection) -> Finding:
    row = connection.execute(SQL["letters"]).fetchone()
    assert row
    count, fresh = row
    mend = "`klantbeeld dead-letters list` tells why; mend the cause, then `dead-letters retry`"
    if fresh >= MANY_LETTERS:
        what = f"{fresh:,} set aside within the hour, {count:,} open: a line has stopped or is about to"
        return fail("dead letters", what, mend)
    return warn("dead letters", f"{count:,} open", mend) if count else ok("dead letters", "none open")


def examine_spool(connection: Connection, now: datetime) -> Finding:
    row = connection.execute(SQL["spool"]).fetchone()
    assert row
    count, size, oldest = row
    if not count:
        return ok("spool", "empty")
    age = max((now - oldest).total_seconds(), 0.0)
    what = f"{count:,} events wait to be published, the oldest for {age:,.0f} s"
    mend = "bring Kafka back: whatever serves or works then publishes them"
    if count > NEARLY_FULL * MOST_ROWS or size > NEARLY_FULL * MOST_BYTES:
        return fail("spool", f"{what}; it is nearly full, and then events are refused", mend)
    return warn("spool", what, mend) if age > LATE else ok("spool", what)


def _beginning(log: Log) -> Finding:
    cut = [partition for partition, start in log.starts.items() if start > 0]
    total = sum(log.ends.values())
    if cut:
        what = f"the beginning of {len(cut)} partitions is gone, so the read models cannot be computed anew"
        return fail("log", what, "restore the topic from a backup, and set its retention.ms to -1")
    return ok("log", f"{total:,} records in {len(log.ends)} partition{'s' if len(log.ends) > 1 else ''}")


def _log_id(checkpoints: Sequence[Checkpoint], log: Log) -> Finding:
    foreign = sorted({processor for processor, _, _, log_id in checkpoints if log_id != log.log_id})
    if foreign:
        return fail(
            "log id",
            f"foreign_log: the read models ({', '.join(foreign)}) were filled from another log than this one",
            "`klantbeeld rebuild`, or name the log they belong to",
        )
    return ok("log id", "the read models belong to this log" if checkpoints else "nothing was processed yet")


def _past_end(checkpoints: Sequence[Checkpoint], log: Log) -> Finding:
    past = [
        (processor, partition)
        for processor, partition, at, _ in checkpoints
        if at > log.ends.get(partition, 0)
    ]
    if past:
        told = ", ".join(f"{processor} {partition}" for processor, partition in past)
        return fail(
            "positions",
            f"past_log_end: beyond the end of the log: {told}",
            "the log lost its newest records: restore it, or `klantbeeld rebuild` from what is left",
        )
    return ok("positions", "within the log")


def _progress(name: str, positions: Mapping[int, int], log: Log, now: datetime) -> Finding:
    behind = {
        partition: end - positions.get(partition, 0)
        for partition, end in log.ends.items()
        if end > positions.get(partition, 0)
    }
    lag, check = sum(behind.values()), f"processor {name}"
    told = f"{lag:,} records behind" if lag else "has come to the end of the log"
    if log.working(name) is False:
        return warn(check, f"{told}; no worker is at work", f"start one: `klantbeeld work {name}`")
    waits = [log.accepted_at(partition, positions.get(partition, 0)) for partition in behind]
    oldest = min((at for at in waits if at), default=None)
    if oldest and (now - oldest).total_seconds() > LATE:
        age = (now - oldest).total_seconds()
        mend = "if it runs, its log says why: line_stopped, worker_halted; mend that, and start it again"
        return warn(check, f"{told}, the oldest waits for {age:,.0f} s", mend)
    return ok(check, told)
