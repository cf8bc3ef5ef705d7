"""Commands: data on stdout, messages on stderr, and exit codes one can rely on."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from api.roles import ROLES
from api.tokens import principal_of
from klantbeeld.cli import entry, main, registry
from klantbeeld.cli.entry import told
from klantbeeld.log.port import LogUnavailable
from klantbeeld.settings import SettingsError
from tests.guards.checkout import ROOT

KEY = "a token key of at least 32 bytes"


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("KLANTBEELD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KLANTBEELD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


def test_help_names_every_command_and_loads_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(re.search(rf"^ +{command.name}\s", out, re.MULTILINE) for command in registry.COMMANDS)
    code = "import sys, klantbeeld.cli as cli; cli.main(['--help']); print(*sys.modules)"
    listed = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = {module.split(".")[0] for module in listed.stdout.splitlines()[-1].split()}
    assert "klantbeeld" in loaded
    assert not loaded & {"api", "fastapi", "psycopg", "msgspec", "cryptography"}


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["config"], ["token"], ["config", "show", "--loud"]])
def test_wrong_usage_is_exit_2_with_nothing_on_stdout(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "usage: klantbeeld" in captured.err


@pytest.mark.parametrize("command", registry.COMMANDS, ids=lambda command: command.name)
def test_every_command_explains_itself(command: registry.Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command.name, "--help"]) == 0
    assert f"usage: klantbeeld {command.name}" in capsys.readouterr().out


@pytest.mark.parametrize("role", ROLES)
def test_a_token_of_each_role_can_be_made(
    role: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KLANTBEELD_TOKEN_KEY", KEY)
    assert main(["token", "--role", role, "--name", "Anna"]) == 0
    captured = capsys.readouterr()
    found = principal_of(captured.out.strip(), KEY.encode(), datetime.now(UTC))
    assert (found.role, found.name, found.id) == (role, "Anna", "Anna")
    assert captured.out.count("\n") == 1
    assert "valid until" in captured.err


def test_a_connector_token_carries_its_limits(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KLANTBEELD_TOKEN_KEY", KEY)
    limits = ["--source", "shop/*", "mail/*", "--type", "order.*", "--attest", "--days", "2", "--team", "web"]
    assert main(["token", "--role", "connector", "--name", "shop", "--json", *limits]) == 0
    told = json.loads(capsys.readouterr().out)
    found = principal_of(told["token"], KEY.encode(), datetime.now(UTC))
    assert (found.sources, found.types) == (("shop/*", "mail/*"), ("order.*",))
    assert (found.attests, found.team) == (True, "web")
    assert 1 < (found.expires_at - datetime.now(UTC)).total_seconds() / 86400 <= 2


@pytest.mark.parametrize(
    "wrong", [["--role", "king"], ["--days", "0"], ["--days", "x"], ["--days", "nan"], ["--name", " "]]
)
def test_a_token_with_wrong_options_is_wrong_usage(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["token", "--role", "agent", "--name", "Anna", *wrong]) == 2
    assert capsys.readouterr().out == ""


def test_tokens_are_signed_with_the_key_of_the_installation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["token", "--role", "agent", "--name", "Anna"]) == 0
    assert (tmp_path / "data" / "master.key").exists()
    assert capsys.readouterr().out.count(".") == 2


def test_config_show_gives_values_and_origins_and_nothing_else_as_json(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KLANTBEELD_TOKEN_KEY", KEY)
    monkeypatch.setenv("KLANTBEELD_REGOIN", "BE")
    (tmp_path / ".env").write_text("KLANTBEELD_LANGUAGE=en\n")
    assert main(["config", "show", "--json"]) == 0
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert told["LANGUAGE"] == {"value": "en", "origin": ".env"}
    assert told["TOKEN_KEY"] == {"value": "(hidden)", "origin": "environment"}
    assert told["REGION"]["origin"] == "default"
    assert "KLANTBEELD_REGOIN is no setting" in captured.err
    assert KEY not in captured.out + captured.err


def test_config_show_is_a_line_a_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show"]) == 0
    assert re.search(r"^TIME_ZONE +default +Europe/Amsterdam$", capsys.readouterr().out, re.MULTILINE)


def test_an_error_we_know_is_one_line_with_its_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KLANTBEELD_REGION", "Holland")
    assert main(["config", "show"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "error bad_region: KLANTBEELD_REGION: must be a country code such as NL\n"


def _failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def run(_: Any) -> int:
        raise error

    module = SimpleNamespace(configure=lambda parser: None, run=run)
    monkeypatch.setattr(entry, "import_module", lambda name: module)


def test_ctrl_c_is_exit_130_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _failing(monkeypatch, KeyboardInterrupt())
    assert main(["schemas"]) == 130
    assert capsys.readouterr() == ("", "")


def test_an_unexpected_error_tells_its_place_but_not_its_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _failing(monkeypatch, ValueError("anna@example.nl"))
    assert main(["schemas"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("error internal_error: ValueError at test_commands.py:")
    assert "anna" not in err


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (LogUnavailable("the database is away"), "error log_unavailable: the database is away"),
        (LogUnavailable(), "error log_unavailable"),
        (SettingsError("bad_region", "REGION", "no"), "error bad_region: KLANTBEELD_REGION: no"),
    ],
)
def test_errors_are_told_by_code_and_message(error: Exception, line: str) -> None:
    assert told(error) == line


def test_a_reader_that_leaves_early_causes_no_complaint() -> None:
    command = f"{sys.executable} -m klantbeeld schemas | head -c 10"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=True)
    assert (len(done.stdout), done.stderr) == (10, "")


def test_schemas_are_written_a_file_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schemas", "--out", str(tmp_path / "out")]) == 0
    written = {file.name: json.loads(file.read_text()) for file in (tmp_path / "out").iterdir()}
    assert written["feedback.given.2.json"]["$id"] == "urn:klantbeeld:feedback.given:2"
    assert main(["schemas"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert {schema["$id"]: schema for schema in written.values()} == printed


def test_schemas_that_cannot_be_written_are_exit_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").write_text("")
    assert main(["schemas", "--out", str(tmp_path / "out")]) == 1
    assert "error cannot_write" in capsys.readouterr().err
