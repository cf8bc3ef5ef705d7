"""Whatever is killed in the middle of an import: afterwards nothing is lost and nothing is there twice."""

import json
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import desk
from tests.e2e.commands import Command, ask, command, report, run
from tests.e2e.looks import Look, look
from tests.e2e.modes import ANSWERING, Mode, Settings, workers
from tests.postgres_server.owners import postmaster_pid

BATCH = "application/cloudevents-batch+json"
TOKEN_KEY = "a token key for tests of 32 bytes"


@pytest.fixture(scope="module")
def files(new_folder: Callable[[], Path]) -> tuple[Path, Path]:
    """Mapping and rows."""
    folder = new_folder()
    folder.mkdir()
    return desk.mapping_in(folder), desk.written(folder, desk.rows())


@pytest.fixture(scope="module")
def undisturbed(files: tuple[Path, Path], new_folder: Callable[[], Path]) -> tuple[dict[str, Any], Look]:
    """The report of an import that nobody killed, and what it left: in both modes the same."""
    folder = str(new_folder())
    told = report("--mapping", *map(str, files), data_dir=folder)
    seen = look(data_dir=folder)
    assert told["stored"] == told["events"] == seen.entries == seen.types.total()
    assert told["read"] == told["imported"] + told["rejected"] + sum(told["skipped"].values())
    assert told["rejected"] > 0 < told["skipped"]["identical"]
    return told, seen


def test_an_importer_killed_twice_ends_as_if_it_never_was(
    files: tuple[Path, Path], mode: Mode, undisturbed: tuple[dict[str, Any], Look]
) -> None:
    settings = mode.new()
    for rows in (1, desk.ROWS // 2):
        with importing(files, settings) as importer:
            importer.until(lambda rows=rows: rows_settled(settings) >= rows)
            importer.signalled(signal.SIGKILL)
    with mode.working(settings):
        told = report("--mapping", *map(str, files), **settings)
        assert (told, look(**settings)) == undisturbed
    assert rows_settled(settings) == 0


def test_an_importer_stopped_by_ctrl_c_goes_on_where_it_was(
    files: tuple[Path, Path], mode: Mode, new_folder: Callable[[], Path]
) -> None:
    folder, settings = new_folder(), mode.new()
    folder.mkdir()
    long = files[0], desk.written(folder, desk.rows(8 * desk.ROWS))
    with importing(long, settings) as importer:
        importer.until(lambda: rows_settled(settings) >= 1)
        assert importer.signalled(signal.SIGINT) == 130
        assert "goes on" in importer.err
        assert importer.out == ""
    with mode.working(settings):
        told = report("--mapping", *map(str, long), **settings)
        seen = look(**settings)
    assert told["stored"] == told["events"] == seen.entries == seen.types.total()
    assert told["read"] == told["imported"] + told["rejected"] + sum(told["skipped"].values())


def test_a_server_and_its_database_killed_beside_an_import_leave_no_trace(
    files: tuple[Path, Path], undisturbed: tuple[dict[str, Any], Look], new_folder: Callable[[], Path]
) -> None:
    settings = {"data_dir": str(new_folder())}
    with serving(settings) as server:
        server.until_said("listening on")
        with importing(files, settings) as importer:
            importer.until(lambda: rows_settled(settings) >= 1)
            server.signalled(signal.SIGKILL)
            os.kill(postmaster_pid(Path(settings["data_dir"], "postgresql")), signal.SIGKILL)
            assert importer.ended() in (0, 1)
    again = report("--mapping", *map(str, files), **settings)
    assert again["events"] == undisturbed[0]["events"]
    assert look(**settings) == undisturbed[1]


def test_workers_killed_beside_an_import_leave_no_trace(
    files: tuple[Path, Path], distributed: Mode, undisturbed: tuple[dict[str, Any], Look]
) -> None:
    settings = distributed.new()
    with workers(settings, *ANSWERING) as first, importing(files, settings) as importer:
        importer.until(lambda: rows_settled(settings) >= 1)
        for one in first.values():
            one.signalled(signal.SIGKILL)
        assert importer.ended() == 0
    with distributed.working(settings):
        assert look(**settings) == undisturbed[1]


def test_a_server_killed_while_events_are_posted_has_all_that_it_confirmed(
    files: tuple[Path, Path], mode: Mode, undisturbed: tuple[dict[str, Any], Look]
) -> None:
    settings = mode.new() | {"token_key": TOKEN_KEY}
    token = run("token", "--role", "connector", "--name", "desk", **settings).stdout.strip()
    batches = list(desk.batches(*files))
    with mode.working(settings):
        with serving(settings) as server:
            confirmed = posted(server, token, batches[:2])
            server.signalled(signal.SIGKILL)
        with serving(settings) as server:
            confirmed += posted(server, token, batches)
            assert server.signalled(signal.SIGTERM) == 0
        assert confirmed >= undisturbed[0]["events"]
        report("--mapping", *map(str, files), **settings)  # ends when all is stored
        assert look(**settings) == undisturbed[1]


def posted(server: Command, token: str, batches: Sequence[bytes]) -> int:
    """How many events the server says it took anew."""
    server.until_said("listening on")
    url = server.err.split("listening on ")[1].split()[0]
    answers = [ask(f"{url}/v1/events", token, body, BATCH) for body in batches]
    assert {(status, told["rejected"]) for status, told in answers} == {(202, 0)}
    return sum(told["accepted"] for _, told in answers)


def importing(files: tuple[Path, Path], settings: Settings) -> Any:
    return command("import", "--mapping", *map(str, files), "--json", **settings)


def serving(settings: Settings) -> Any:
    return command("serve", "--port", "0", **settings)


def rows_settled(settings: Settings) -> int:
    """How far an unfinished import in this installation has come; 0 when there is none."""
    for state in Path(settings["data_dir"], "imports").glob("*.json"):
        return int(json.loads(state.read_text("utf-8"))["rows"])
    return 0
