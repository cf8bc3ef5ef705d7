"""Carries units from a source to the sink, keeps the account, and can be killed at any moment.

Nothing here knows CSV, mail or events.
"""

from collections.abc import Sequence

from services.imports.problems import ImportFailed
from services.imports.progress import Progress
from services.imports.rejects import Rejects
from services.imports.report import Report
from services.imports.sink import BATCH_BYTES, BATCH_EVENTS, Result, Sink
from services.imports.state import Checkpoint, ResumeState
from services.imports.units import Converted, Outcome, Rejected, Skipped, Source, Unit

REMEMBERED_ROWS = 1_000_000
"""Above this many different rows an identical one is no longer seen here; the log answers `duplicate`
then."""
_PROGRESS_EVERY = 2000


class Run:
    """One import. A batch ends only between units, so that after a kill the same batches are made again."""

    def __init__(
        self, source: Source, sink: Sink, *, progress: Progress, rejects: Rejects, state: ResumeState | None
    ) -> None:
        self._source, self._sink, self._progress = source, sink, progress
        self._rejects, self._state = rejects, state
        self._checkpoint = state.load(source.fingerprint) if state else Checkpoint()
        saved = self._checkpoint.report
        self._report = Report.from_json(saved) if saved else Report()
        self._resent = self._checkpoint.in_flight > 0
        self._seen: set[bytes] = set()
        self._rows: list[tuple[Unit, int]] = []
        self._events: list[bytes] = []
        self._bytes = 0

    def go(self) -> Report:
        """Blocks until every row is settled. Raises what the sink raises; the state file then says where to
        go on."""
        done, number = self._checkpoint.rows, 0
        self._rejects.cut(self._checkpoint.rejects_size)
        self._progress.start(self._source.total_bytes)
        try:
            for number, unit in enumerate(self._source.units(), 1):
                if number <= done:
                    self._is_repeat(unit)
                else:
                    self._settle(unit, number - 1)
                if number % _PROGRESS_EVERY == 0:
                    self._progress.moved(number, self._source.bytes_read())
            self._flush(number)
            self._progress.moved(number, self._source.bytes_read())
        finally:
            self._progress.end()
        self._rejects.size()
        self._report.check()
        if self._state:
            self._state.clear()
        return self._report

    def _settle(self, unit: Unit, rows_before: int) -> None:
        outcome = Skipped("identical") if self._is_repeat(unit) else self._source.convert(unit)
        if isinstance(outcome, Converted) and outcome.events:
            self._make_room(outcome.events, rows_before)
        self._account(unit, outcome)

    def _make_room(self, events: Sequence[bytes], rows_before: int) -> None:
        size = sum(map(len, events))
        if self._rows and (
            len(self._events) + len(events) > BATCH_EVENTS or self._bytes + size > BATCH_BYTES
        ):
            self._flush(rows_before)
        self._bytes += size

    def _account(self, unit: Unit, outcome: Outcome) -> None:
        self._report.read += 1
        if isinstance(outcome, Converted):
            self._report.repaired.update(outcome.repairs)
            if outcome.events:
                self._rows.append((unit, len(outcome.events)))
                self._events += outcome.events
            else:
                self._report.skipped["no_event"] += 1
        elif isinstance(outcome, Skipped):
            self._report.skipped[outcome.reason] += 1
        else:
            self._reject(unit, outcome)

    def _reject(self, unit: Unit, why: Rejected) -> None:
        self._report.reject(why.code, unit.place)
        self._rejects.write(why.code, why.column, unit.place, self._source.cells(unit))

    def _is_repeat(self, unit: Unit) -> bool:
        digest, seen = unit.digest, self._seen
        if digest is None:
            return False
        if digest in seen:
            return True
        if len(seen) < REMEMBERED_ROWS:
            seen.add(digest)
        return False

    def _flush(self, rows: int) -> None:
        """Sends what is waiting; `rows` are then settled."""
        if self._events:
            self._remember(len(self._events))
            results = self._sink.send(self._events)
            if len(results) != len(self._events):
                raise ImportFailed("sink_broke_its_promise", "the event log did not answer for each event")
            self._tally(self._as_first_sent(results) if self._resent else results)
            self._rows, self._events, self._bytes = [], [], 0
        self._resent = False
        if self._state:
            size = self._rejects.size()
            self._checkpoint = Checkpoint(rows=rows, report=self._report.as_json(), rejects_size=size)

    def _remember(self, in_flight: int) -> None:
        if self._state:
            last = self._checkpoint
            self._state.save(
                self._source.fingerprint,
                Checkpoint(
                    rows=last.rows, report=last.report, rejects_size=last.rejects_size, in_flight=in_flight
                ),
            )

    def _as_first_sent(self, results: Sequence[Result]) -> Sequence[Result]:
        """The batch that a kill interrupted may be in the log already: then its duplicates are our own.

        It is when all that was not refused is a duplicate of the same content; unless everything before was
        a duplicate too, which says that these files had been imported earlier.
        """
        taken = [result for result in results if result.status != "rejected"]
        all_known = all(result.status == "duplicate" and result.code is None for result in taken)
        if not all_known or (self._report.duplicates and not self._report.stored):
            return results
        return [Result("accepted") if result.status == "duplicate" else result for result in results]

    def _tally(self, results: Sequence[Result]) -> None:
        stored = sum(result.status == "accepted" for result in results)
        refused = sum(result.status == "rejected" for result in results)
        self._report.stored += stored
        self._report.refused += refused
        self._report.duplicates += len(results) - stored - refused
        self._report.differs += sum(result.code == "differs" for result in results)
        self._report.events += len(results) - refused
        if refused:
            self._tally_rows(results)
        else:
            self._report.imported += len(self._rows)

    def _tally_rows(self, results: Sequence[Result]) -> None:
        start = 0
        for unit, count in self._rows:
            refusal = next((r for r in results[start : start + count] if r.status == "rejected"), None)
            start += count
            if refusal is None:
                self._report.imported += 1
            else:
                self._reject(unit, Rejected(refusal.code or "rejected"))
