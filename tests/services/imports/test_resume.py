"""A killed import goes on where it was, and reports as if nothing had happened."""

import io
import stat
from pathlib import Path

import pytest

from services.imports import ImportFailed, ResumeState, import_csv, progress_on
from services.imports.mapping import parse_mapping
from services.imports.progress import LineProgress
from tests.services.imports.sinks import DyingSink, Killed, MemorySink, written

TEXT = """
mapping: 1
name: desk
source: /import/desk
identifiers: [{type: anonymous, value: "desk:{nr}"}]
events:
  - {name: a, type: visit.recorded, time: at}
  - {name: b, type: visit.recorded, time: at, when: {column: x, is_not: 0}}
"""
MAPPING = parse_mapping(TEXT)


@pytest.fixture
def rows(tmp_path: Path) -> list[Path]:
    """Two files, 2,600 rows, some of them bad, identical or empty, about 3,900 events."""
    lines = [f"{n},{'never' if n % 50 == 7 else '2026-02-03T09:00:00Z'},{n % 2}\n" for n in range(1300)]
    again = [f"{n},2026-02-03T09:00:00Z,{n % 2}\n" for n in range(1200, 2450)] + ["\n"] * 50
    return [
        written(tmp_path, "nr,at,x\n" + "".join(part), f"{n}.csv") for n, part in enumerate((lines, again))
    ]


@pytest.mark.parametrize("after", [False, True], ids=["before the log took it", "after the log took it"])
@pytest.mark.parametrize("batch", [1, 2, 3])
def test_a_resumed_import_gives_the_report_of_one_that_was_never_killed(
    tmp_path: Path, rows: list[Path], batch: int, after: bool
) -> None:
    calm = MemorySink()
    expected = import_csv(MAPPING, rows, calm, rejects_path=tmp_path / "calm.csv")
    state, sink = ResumeState(tmp_path / "state.json"), DyingSink(batch, after=after)
    with pytest.raises(Killed):
        import_csv(MAPPING, rows, sink, state=state, rejects_path=tmp_path / "killed.csv")
    report = import_csv(MAPPING, rows, sink, state=state, rejects_path=tmp_path / "killed.csv")
    assert report == expected
    assert sink.kept == calm.kept
    assert (tmp_path / "killed.csv").read_text() == (tmp_path / "calm.csv").read_text()
    assert not state.path.exists()


def test_a_resumed_import_does_not_send_again_what_the_log_confirmed(
    tmp_path: Path, rows: list[Path]
) -> None:
    state, sink = ResumeState(tmp_path / "state.json"), DyingSink(3, after=False)
    with pytest.raises(Killed):
        import_csv(MAPPING, rows, sink, state=state)
    sent = sum(sink.batches)
    report = import_csv(MAPPING, rows, sink, state=state)
    assert sum(sink.batches) == report.events
    assert sent > 1500


def test_a_repeated_import_that_is_killed_still_counts_its_events_as_duplicates(
    tmp_path: Path, rows: list[Path]
) -> None:
    state, sink = ResumeState(tmp_path / "state.json"), DyingSink(7, after=True)
    first = import_csv(MAPPING, rows, sink)
    with pytest.raises(Killed):
        import_csv(MAPPING, rows, sink, state=state)
    second = import_csv(MAPPING, rows, sink, state=state)
    assert (second.stored, second.duplicates, second.imported) == (0, first.stored, first.imported)


def test_a_state_of_other_files_or_another_mapping_is_refused(tmp_path: Path, rows: list[Path]) -> None:
    state = ResumeState(tmp_path / "state.json")
    with pytest.raises(Killed):
        import_csv(MAPPING, rows, DyingSink(2, after=True), state=state)
    for mapping, files in ((MAPPING, rows[:1]), (parse_mapping(TEXT + "# changed\n"), rows)):
        with pytest.raises(ImportFailed) as caught:
            import_csv(mapping, files, MemorySink(), state=state)
        assert caught.value.code == "state_of_another_import"


def test_a_moved_file_resumes(tmp_path: Path, rows: list[Path]) -> None:
    state, sink = ResumeState(tmp_path / "state.json"), DyingSink(2, after=True)
    with pytest.raises(Killed):
        import_csv(MAPPING, rows, sink, state=state)
    moved = [path.rename(tmp_path / f"moved-{path.name}") for path in rows]
    assert import_csv(MAPPING, moved, sink, state=state).duplicates == 0


def test_a_state_file_that_is_damaged_is_named(tmp_path: Path, rows: list[Path]) -> None:
    with pytest.raises(ImportFailed) as caught:
        import_csv(MAPPING, rows, MemorySink(), state=ResumeState(written(tmp_path, "{", "state.json")))
    assert caught.value.code == "state_unreadable"


def test_rejected_rows_are_kept_for_their_owner_alone_and_only_there(tmp_path: Path) -> None:
    path = written(tmp_path, "nr,at,x\n1,never,+31 6 1234 5601\n")
    report = import_csv(MAPPING, [path], MemorySink(), rejects_path=tmp_path / "rejects.csv")
    rejects = tmp_path / "rejects.csv"
    assert rejects.read_text() == "bad_time,at,1:2,1,never,+31 6 1234 5601\n".replace("\n", "\r\n").replace(
        "\r", ""
    )
    assert stat.S_IMODE(rejects.stat().st_mode) == 0o600
    assert "1234" not in str(report.as_json())


def test_without_a_terminal_progress_is_a_line_now_and_then() -> None:
    ticks, stream = iter(range(100)), io.StringIO()
    progress = LineProgress(stream, clock=lambda: float(next(ticks)))
    progress.start(200)
    for step in range(1, 21):
        progress.moved(step * 1000, step * 10)
    progress.end()
    assert stream.getvalue() == "10,000 rows, 50 %\n20,000 rows, 100 %\n"
    assert isinstance(progress_on(stream), LineProgress)
