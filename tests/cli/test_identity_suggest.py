"""`klantbeeld identity suggest` on an installation of its own."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from klantbeeld.bootstrap import opened
from klantbeeld.cli import main
from klantbeeld.settings import load
from streams.embedded import embedded
from tests.domain.building import SYSTEM, cloud
from tests.folders import short_lived


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that the system user who runs PostgreSQL can reach."""
    with short_lived() as made:
        yield made


def test_the_counts_are_told_of_everybody_there_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in os.environ if name.startswith("KLANTBEELD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KLANTBEELD_DATA_DIR", str(folder / "data"))
    events = [
        cloud(
            "customer.described",
            place,
            {"type": "customer_number", "value": f"K-{place}"},
            name={"given": given, "family": "Zwanenveld"},
            birth_date="1990-05-06",
        )
        for place, given in enumerate(["Eva", "Ewa"])
    ]
    with opened(load(), unsafe=True) as system, embedded(system) as runners:
        receipt = system.ingest.accept([json.dumps(one).encode() for one in events], SYSTEM)
        assert all(one.status == "accepted" for one in receipt.results)
        assert runners.catch_up(system.log.ends(), timeout=30)
    assert main(["identity", "suggest", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"people": 2, "compared": 1, "suggestions": 1}
