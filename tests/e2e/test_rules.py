"""Identity rules by command, on the processors that are there in either mode."""

import json
from pathlib import Path
from typing import Any

from tests.e2e import desk
from tests.e2e.commands import report, run
from tests.e2e.modes import Mode
from tests.waiting import until

ROWS = [
    "1;D-1;anna@example.nl;2025-03-04 10:30;levering;;;",
    "2;D-2;bert@example.nl;2025-03-04 11:30;adres;;;",
]


def test_rules_are_tried_put_in_force_and_verified(tmp_path: Path, mode: Mode) -> None:
    settings = mode.new()
    ours, none = tmp_path / "ours.yaml", tmp_path / "none.yaml"
    ours.write_text("junk: {values: {email: [Anna@Example.NL]}}\n")
    none.write_text("{}\n")

    def told(*words: str) -> Any:
        done = run(*words, "--json", **settings)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def judged(rules: Path) -> Any:
        return told("identity", "simulate", "--rules", str(rules))["identifiers"].get("email", {})

    with mode.working(settings):
        report("--mapping", str(desk.mapping_in(tmp_path)), str(desk.written(tmp_path, ROWS)), **settings)
        until(lambda: judged(ours).get("become_junk") == 1)
        applied = told("rules", "apply", str(ours))
        assert (applied["changed"], applied["in_force"]) == (True, True)
        assert told("rules", "show")["version"] == applied["version"]
        assert judged(none)["cease_junk"] == 1
        assert judged(ours) == {}
        assert told("rebuild", "--check")["differences"] == []
