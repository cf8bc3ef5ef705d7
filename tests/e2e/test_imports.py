"""`klantbeeld import` as a person uses it: what it tells, what it leaves, what it refuses."""

import stat
from pathlib import Path

from tests.e2e import desk
from tests.e2e.commands import run
from tests.e2e.modes import Mode

ROWS = [
    "1;D-1;anna@example.nl;2025-03-04 10:30;levering;;;",
    "1;D-1;anna@example.nl;2025-03-04 10:30;levering;;;",
    "2;D-2;;2025-03-04;adres;;;",
    "3;;;2025-03-04 11:00;factuur;;;",
]


def test_a_person_is_told_what_became_of_the_rows(tmp_path: Path, mode: Mode) -> None:
    rejects = tmp_path / "rejects.csv"
    words = ["--mapping", str(desk.mapping_in(tmp_path)), "--rejects", str(rejects)]
    done = run("import", *words, str(desk.written(tmp_path, ROWS)), **mode.new())
    assert done.returncode == 0
    told = [line.split(", such")[0].split() for line in done.stdout.splitlines()]
    assert told == [
        ["4", "rows", "read"],
        ["1", "imported"],
        ["2", "rejected"],
        ["1", "bad_time"],
        ["1", "no_customer"],
        ["1", "skipped"],
        ["1", "identical"],
        ["1", "events"],
        ["1", "stored"],
        ["0", "duplicates"],
    ]
    assert "1:4" in done.stdout
    assert "customers' data included" in done.stderr
    assert "example.nl" not in done.stdout + done.stderr
    assert len(rejects.read_text("utf-8").splitlines()) == 2
    assert stat.S_IMODE(rejects.stat().st_mode) == 0o600


def test_what_cannot_be_imported_is_told_before_anything_starts(tmp_path: Path) -> None:
    elsewhere = tmp_path / "data"
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("mapping: 1\nname: x\nsorce: /x\n", encoding="utf-8")
    for words, code, message in (
        (["boston311"], 2, "name at least one file"),
        (["nonsense", "a.csv"], 1, "error unknown_format: there is no format `nonsense`"),
        (["--mapping", str(wrong), "a.csv"], 1, "error mapping_unknown_key: "),
    ):
        done = run("import", *words, data_dir=str(elsewhere))
        assert (done.returncode, done.stdout) == (code, "")
        assert message in done.stderr
    assert not elsewhere.exists()


def test_a_file_that_is_not_there_is_named(tmp_path: Path, mode: Mode) -> None:
    done = run("import", "boston311", str(tmp_path / "none.csv"), **mode.new())
    assert done.returncode == 1
    assert "error unreadable_file: " in done.stderr
    assert "Traceback" not in done.stderr
