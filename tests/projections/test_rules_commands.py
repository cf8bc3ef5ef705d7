"""`klantbeeld rules` and `klantbeeld identity simulate`, as an operator uses them."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from klantbeeld.cli import rules as commands
from klantbeeld.domain.identity import BadRules, Rules
from klantbeeld.domain.times import to_text
from tests.domain.building import ANNEMIEKS_MAIL, cloud
from tests.domain.household import household
from tests.projections.installation import MASTER_KEY, Installation
from tests.projections.ruled import conclusions, expected_conclusions, rules_changed
from tests.projections.test_commands import address, answered, as_json

PHONE = {"type": "phone", "value": "+31612345651"}
EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "identity.example.yaml"


@pytest.fixture
def kept(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("KLANTBEELD_DATABASE_URL", address(installation))
    monkeypatch.setenv("KLANTBEELD_MASTER_KEY", base64.b64encode(MASTER_KEY).decode())
    installation.take([*household(), cloud("visit.recorded", 1, [PHONE, ANNEMIEKS_MAIL], page="/")])
    return installation


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "identity.yaml"
    path.write_text(
        "limits:\n  phone: {email: 0}\njunk:\n  values:\n    phone: [06 1234 5652]\n  words: [balie]\n"
    )
    return path


def test_a_file_is_put_in_force_once(
    kept: Installation, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = as_json(capsys, "rules", "apply", str(rules))
    assert (code, told["changed"], told["in_force"]) == (0, True, True)
    assert conclusions(kept) == expected_conclusions(kept)
    assert kept.one("SELECT count(*) FROM identifier WHERE shared AND type = 'phone'")[0] > 0
    end = kept.log.ends()
    again = as_json(capsys, "rules", "apply", str(rules))
    assert again == (0, {"version": told["version"], "changed": False, "in_force": True})
    assert kept.log.ends() == end


def test_what_is_in_force_is_shown_with_its_event_and_can_be_applied_again(
    kept: Installation, rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, before = as_json(capsys, "rules", "show")
    assert (code, before["version"], before["event"], before["since"]) == (0, "default", None, None)
    assert before["limits"]["phone"]["email"] == 3
    version = as_json(capsys, "rules", "apply", str(rules))[1]["version"]
    _, shown = as_json(capsys, "rules", "show")
    assert (shown["version"], shown["limits"]["phone"]["email"]) == (version, 0)
    assert shown["document"]["junk"]["values"] == {"phone": ["+31612345652"]}
    assert set(shown["event"]) == {"source", "id"}
    code, out, _ = answered(capsys, "rules", "show")
    assert shown["event"]["id"] in out
    (tmp_path / "shown.yaml").write_text(out)
    assert as_json(capsys, "rules", "apply", str(tmp_path / "shown.yaml"))[1]["changed"] is False


def test_a_file_may_name_its_version_and_lie_in_the_folder_of_rules(
    kept: Installation, rules: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answered(capsys, "rules", "apply")[0] == 2
    monkeypatch.setenv("KLANTBEELD_RULES_DIR", str(rules.parent))
    rules.write_text("version: 2026-11\n" + rules.read_text())
    assert as_json(capsys, "rules", "apply")[1]["version"] == "2026-11"
    assert as_json(capsys, "rules", "apply")[1]["changed"] is False
    assert kept.one("SELECT count(*) FROM rules") == (1,)


def test_rules_that_somebody_else_outdoes_meanwhile_are_told_not_to_be_in_force(
    kept: Installation, rules: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    append = commands._append

    def outdone(*given: Any) -> Any:
        kept.post([rules_changed(to_text(datetime.now(UTC) + timedelta(hours=1)), {"limits": {}})])
        return append(*given)

    monkeypatch.setattr(commands, "_append", outdone)
    code, out, err = answered(capsys, "rules", "apply", str(rules))
    assert (code, "is recorded" in out, "7 was recorded meanwhile" in err) == (1, True, True)


def test_rules_that_are_processed_and_do_not_hold_end_the_waiting(
    kept: Installation, rules: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As where the processors are of a newer version than this command."""

    def unusable(_: Any) -> Rules:
        raise BadRules("limits", "not known here")

    monkeypatch.setattr("projections.ruling.rules_from", unusable)
    code, told = as_json(capsys, "rules", "apply", str(rules))
    assert (code, told["changed"], told["in_force"]) == (1, True, False)
    assert "did not come into force; default is" in answered(capsys, "rules", "apply", str(rules))[2]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("limits: {phone: {email: -1}}", "limits.phone.email"),
        ("limits: {fax: {email: 1}}", "limits"),
        ("limit: {}", "rules"),
        ("limits: [", "line 1"),
        ("limits: {}\nlimits: {}", "line 2"),
        ("- phone", "rules"),
        ("junk: {values: {email: [not an address]}}", "junk.values.email.0"),
        ("junk: {words: [7]}", "junk.words"),
        ("version: [1]", "version"),
    ],
)
def test_a_bad_file_is_one_line_with_the_place(
    kept: Installation, tmp_path: Path, text: str, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(text)
    for command in (["rules", "apply", str(path)], ["identity", "simulate", "--rules", str(path)]):
        code, out, err = answered(capsys, *command)
        assert (code, out, err.startswith("error bad_rules: ")) == (1, "", True)
        assert place in err
    assert kept.one("SELECT count(*) FROM rules") == (0,)


def test_a_trial_tells_the_effect_and_leaves_everything(
    kept: Installation, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    end, before = kept.log.ends(), conclusions(kept)
    code, told = as_json(capsys, "identity", "simulate", "--rules", str(rules))
    assert code == 0
    assert set(told) == {"rules", "customers", "merged", "split", "identifiers", "moved"}
    assert told["identifiers"]["phone"]["become_shared"] > 0
    assert (kept.log.ends(), conclusions(kept)) == (end, before)
    code, out, err = answered(capsys, "identity", "simulate", "--rules", str(rules), "--first", "1")
    assert (code, "nothing was changed" in err) == (0, True)
    assert "become shared" in out
    assert "@example.nl" not in out + json.dumps(told)


def test_a_customer_that_would_be_split_is_not_among_those_that_it_becomes(
    kept: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    phone = {"type": "phone", "value": "+31612345659"}
    mails = [{"type": "email", "value": f"boris{number}@example.nl"} for number in (1, 2)]
    kept.take([cloud("visit.recorded", 20 + n, [one, phone], page="/") for n, one in enumerate(mails)])
    path = tmp_path / "strict.yaml"
    path.write_text("limits: {phone: {email: 1}}")
    _, told = as_json(capsys, "identity", "simulate", "--rules", str(path))
    split = {one["customer_id"]: one["others"] for one in told["split"]["first"]}
    assert split
    assert not any(id_ in others for id_, others in split.items())
    _, out, _ = answered(capsys, "identity", "simulate", "--rules", str(path))
    lines = [line.partition(" into ") for line in out.splitlines() if " into " in line]
    assert {line[0].split()[1]: line[2].split() for line in lines} == split


def test_the_example_file_says_what_holds_anyway(
    kept: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert as_json(capsys, "rules", "apply", str(EXAMPLE))[1]["changed"] is False
