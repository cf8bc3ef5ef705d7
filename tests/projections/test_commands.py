"""The commands of an operator who does not trust, or has to mend, the read models."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from psycopg.conninfo import conninfo_to_dict

from klantbeeld.cli import main
from tests.domain.household import household
from tests.projections.installation import MASTER_KEY, Installation
from tests.projections.poison import broken, set_aside

SIZE = len(household())


@pytest.fixture
def filled(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("KLANTBEELD_DATABASE_URL", address(installation))
    monkeypatch.setenv("KLANTBEELD_MASTER_KEY", base64.b64encode(MASTER_KEY).decode())
    installation.post(household())
    set_aside(installation, 4)
    return installation


def address(installation: Installation) -> str:
    parts = {
        name: str(value) for name, value in conninfo_to_dict(installation.database.conninfo).items() if value
    }
    database = parts.pop("dbname")
    return f"postgresql:///{database}?{urlencode(parts)}"


def answered(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code, out, _ = answered(capsys, *arguments, "--json")
    return code, json.loads(out)


def test_verify_answers_a_digest_the_balance_and_no_differences(
    filled: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    code, answer = as_json(capsys, "verify")
    assert code == 0
    assert answer == {
        "content_digest": filled.digest(),
        "partitions": [
            {
                "partition": 0,
                "log_end": SIZE,
                "position": SIZE,
                "records": SIZE,
                "stored": SIZE - 1,
                "dead": 1,
                "late": 0,
                "shredded": 0,
                "balanced": True,
            }
        ],
        "differences": [],
        "count": 0,
    }


def test_verify_fails_and_names_the_row(filled: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    (key,) = filled.one("DELETE FROM entry WHERE position = 5 RETURNING event_key")
    code, answer = as_json(capsys, "verify")
    assert code == 1
    assert {"table": "entry", "key": [key], "kind": "missing"} in answer["differences"]
    code, out, err = answered(capsys, "verify")
    assert (code, f"missing entry {key}" in out.splitlines()) == (1, True)
    assert "klantbeeld rebuild" in err


def test_a_check_fails_and_a_rebuild_mends(filled: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    filled.run("DELETE FROM entry WHERE position = 5")
    code, answer = as_json(capsys, "rebuild", "--check")
    assert (code, answer["swapped"], answer["records"]) == (1, False, SIZE)
    assert answer["count"] == len(answer["differences"]) > 0
    assert filled.one("SELECT count(*) FROM entry") == (SIZE - 2,)
    code, answer = as_json(capsys, "rebuild")
    assert (code, answer["swapped"], answer["records"]) == (0, True, SIZE)
    assert {one["kind"] for one in answer["differences"]} >= {"missing", "dead_letter_recovered"}
    code, answer = as_json(capsys, "verify")
    assert (code, answer["content_digest"]) == (0, filled.expected_digest())
    assert as_json(capsys, "rebuild", "--check")[0] == 0


def test_dead_letters_are_listed_shown_and_retried(
    filled: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    code, (letter,) = as_json(capsys, "dead-letters", "list")
    assert (code, letter["reason"], letter["position"], letter["state"]) == (0, "handler_failed", 4, "open")
    number = str(letter["id"])
    assert "shop:881" not in str(answered(capsys, "dead-letters", "show", number))
    _, out, err = answered(capsys, "dead-letters", "show", number, "--event")
    assert (json.loads(out), "customer's data" in err) == (household()[4], True)
    assert answered(capsys, "dead-letters", "retry", number)[0] == 0
    assert as_json(capsys, "dead-letters", "list") == (0, [])
    assert filled.digest() == filled.expected_digest()
    assert answered(capsys, "dead-letters", "retry", number)[0] == 1


def test_a_retry_in_vain_fails(filled: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    _, (letter,) = as_json(capsys, "dead-letters", "list")
    with broken(filled, 4):
        code, out, _ = answered(capsys, "dead-letters", "retry", str(letter["id"]))
    assert (code, "seal_broken" in out) == (1, True)


def test_discarded_letters_are_shown_on_request(
    filled: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    _, (letter,) = as_json(capsys, "dead-letters", "list")
    assert answered(capsys, "dead-letters", "discard", str(letter["id"]))[0] == 0
    assert as_json(capsys, "dead-letters", "list") == (0, [])
    assert as_json(capsys, "dead-letters", "list", "--state", "discarded")[1][0]["id"] == letter["id"]


def test_an_unknown_letter_is_one_clear_line(
    filled: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = answered(capsys, "dead-letters", "show", "404")
    assert (code, out, err.startswith("error unknown_dead_letter: ")) == (1, "", True)
