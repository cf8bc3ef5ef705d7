"""Verification finds whatever does not follow from the log, and nothing else."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from klantbeeld.log.kafka.wire import stand_in
from klantbeeld.log.record import Record
from projections.compare import Difference
from projections.replay import ReplayRunning
from services.demo import story
from tests.domain.building import cloud, correction
from tests.domain.household import household
from tests.projections.installation import Installation

# One statement behind the system's back, and what must be told of it. Later rows of a table are for other kinds.
TAMPERED = [
    ("UPDATE entry SET data = replace(data, 'amp', 'AMP') WHERE position = 8", "entry", "altered"),
    ("UPDATE entry SET owner = gen_random_uuid() WHERE position = 3", "entry", "altered"),
    ("UPDATE entry SET recorded_at = recorded_at + interval '1 microsecond' WHERE position = 3", "entry", "altered"),
    ("UPDATE entry SET strengths = '{2}' WHERE position = 3", "entry", "altered"),
    ("UPDATE entry SET conversation_id = NULL WHERE type = 'interaction.amended'", "entry", "altered"),
    ("DELETE FROM entry WHERE position = 5", "entry", "missing"),
    (
        "INSERT INTO entry SELECT gen_random_uuid(), partition, 900, type, version, occurred_at, sequence, source, id,"
        " recorded_at, owner, first_owner, tokens, strengths, pointed, channel, direction, agent_id, interaction_id,"
        " conversation_id, order_id, agreement_id, follow_up_id, history, zone, data FROM entry WHERE position = 5",
        "entry",
        "extra",
    ),
    ("UPDATE entity SET state = replace(state, 'delivered', 'shipped') WHERE kind = 'order'", "entity", "altered"),
    ("UPDATE entity SET closes_at = closes_at + interval '1 hour' WHERE kind = 'agreement'", "entity", "altered"),
    ("DELETE FROM entity WHERE kind = 'follow_up'", "entity", "missing"),
    (
        "INSERT INTO entity SELECT (json_populate_record(e, json_build_object('id', gen_random_uuid()))).*"
        " FROM entity e WHERE kind = 'follow_up'",
        "entity",
        "extra",
    ),
    ("UPDATE identifier SET head = NULL WHERE type = 'anonymous'", "identifier", "altered"),
    ("UPDATE identifier SET value = '+31612345699' WHERE value = '+31612345640'", "identifier", "altered"),
    ("DELETE FROM identifier WHERE type = 'tracking'", "identifier", "missing"),
    (
        "INSERT INTO identifier VALUES (gen_random_uuid(), 'email', 'x@example.nl', gen_random_uuid(), NULL, 0, DEFAULT,"
        " false)",
        "identifier",
        "extra",
    ),
    ("UPDATE evidence SET strength = 0 WHERE kind = 'link'", "evidence", "altered"),
    ("DELETE FROM evidence WHERE kind = 'link'", "evidence", "missing"),
    ("INSERT INTO evidence SELECT * FROM evidence WHERE kind = 'link'", "evidence", "extra"),
    ("UPDATE parcel SET order_external_id = 'shop:882'", "parcel", "altered"),
    ("DELETE FROM parcel", "parcel", "missing"),
    ("INSERT INTO parcel VALUES (gen_random_uuid(), 'shop:1', now(), 0, '/s', '1')", "parcel", "extra"),
    ("UPDATE correction SET event_key = gen_random_uuid()", "correction", "altered"),
    ("DELETE FROM correction", "correction", "missing"),
    ("INSERT INTO correction VALUES (gen_random_uuid(), gen_random_uuid())", "correction", "extra"),
    ("UPDATE original SET data = '{}'", "original", "altered"),
    ("DELETE FROM original", "original", "missing"),
    ("UPDATE search_document SET title = 'somebody else'", "search_document", "altered"),
    ("DELETE FROM search_document WHERE id IN (SELECT id FROM search_document LIMIT 1)", "search_document", "missing"),
    ("UPDATE checkpoint SET stored = stored - 1, dead = 1 WHERE processor = 'timeline'", "checkpoint", "altered"),
    ("DROP TABLE correction", "correction", "missing"),
    ("ALTER TABLE entity DROP COLUMN label", "entity", "altered"),
]  # fmt: skip

BROKEN_LOG = [
    ("DELETE FROM kept.record WHERE position = 4", "missing"),
    ("UPDATE kept.record SET sealed = sealed || '\\x00'::bytea WHERE position = 4", "seal_broken"),
    ("UPDATE kept.record SET digest = '\\x00'::bytea WHERE position = 4", "altered"),
    ("UPDATE kept.record SET event_key = gen_random_uuid() WHERE position = 4", "seal_broken"),
]


@pytest.fixture
def filled(installation: Installation) -> Installation:
    installation.take(household())
    return installation


def told(differences: Sequence[Difference]) -> set[tuple[str, str]]:
    return {(one.table, one.kind) for one in differences}


@pytest.mark.parametrize(("statement", "table", "kind"), TAMPERED, ids=lambda value: str(value)[:40])
def test_a_row_that_was_tampered_with_is_found(
    filled: Installation, statement: str, table: str, kind: str
) -> None:
    assert filled.run(statement) != 0
    report = filled.verify()
    assert (table, kind) in told(report.differences)
    assert not report.well


@pytest.mark.parametrize(("statement", "kind"), BROKEN_LOG)
def test_a_record_that_was_tampered_with_is_found(filled: Installation, statement: str, kind: str) -> None:
    assert filled.run(statement) == 1
    report = filled.verify()
    assert Difference(table="log", key=(0, 4), kind=kind) in report.differences
    assert not report.well


def test_differences_name_rows_and_no_customer(installation: Installation) -> None:
    installation.take(household())
    installation.run("UPDATE identifier SET value = value || 'x', head = NULL")
    installation.run("UPDATE evidence SET source = source || 'x'")
    shown = str(installation.verify().differences)
    assert "evidence" in shown
    assert not any(text in shown for text in ("example.nl", "3161234", "K-50", "/test"))


def test_every_difference_is_counted_and_the_first_are_told(installation: Installation) -> None:
    installation.take(story(1, datetime.now(UTC))[:300])
    changed = installation.run("UPDATE entry SET zone = 'Europe/Paris'")
    report = installation.verify()
    assert (report.count, len(report.differences)) == (changed, 20)


def test_a_healthy_installation_adds_up(filled: Installation) -> None:
    report = filled.verify()
    (partition,) = report.partitions
    size = len(household())
    assert report.well
    assert (partition.log_end, partition.position, partition.records, partition.stored) == (size,) * 4
    assert (partition.dead, partition.late, partition.shredded, partition.balanced) == (0, 0, 0, True)


def test_records_still_to_come_are_no_difference(installation: Installation) -> None:
    installation.take(household())
    installation.post(
        [cloud("visit.recorded", 7000, {"type": "email", "value": "later@example.nl"}, page="/x")]
    )
    report = installation.verify()
    assert report.well
    assert report.partitions[0].log_end == report.partitions[0].position + 1


def test_a_search_index_that_lags_behind_is_no_difference(installation: Installation) -> None:
    installation.take(household())
    amended = household()[0]
    installation.post([correction(8000, amended, name={"given": "Anna"})])
    installation.running = installation.running[:1]
    installation.settle()
    assert installation.verify().well


def test_it_leaves_nothing_behind(filled: Installation) -> None:
    filled.verify()
    assert filled.all("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'read%%' ORDER BY 1") == [
        ("read",)
    ]


def test_only_one_runs_at_a_time(filled: Installation) -> None:
    with filled.replay_elsewhere(), pytest.raises(ReplayRunning):
        filled.verify()


def test_the_demo_story_gives_the_digest_of_its_picture(reused_too: Installation) -> None:
    reused_too.empty()
    reused_too.take(story(1, datetime.now(UTC)))
    report = reused_too.verify()
    assert report.differences == []
    assert report.content_digest == reused_too.expected_digest()


def test_a_log_that_gives_fewer_records_than_asked_for_misses_none(
    filled: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = filled.log.read
    monkeypatch.setattr(
        filled.log, "read", lambda partition, start, limit: whole(partition, start, min(limit, 3))
    )
    assert filled.verify().differences == []


def foreign_at(installation: Installation, position: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the log has something there that is none of ours."""
    whole = installation.log.read

    def read(partition: int, start: int, limit: int) -> list[Record]:
        return [
            stand_in(0, one.position) if one.position == position else one
            for one in whole(partition, start, limit)
        ]

    monkeypatch.setattr(installation.log, "read", read)


def test_something_foreign_that_was_set_aside_is_accounted_for(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign_at(installation, 4, monkeypatch)
    installation.post(household())
    assert installation.verify().differences == []
    installation.settle()
    report = installation.verify()
    assert (report.differences, report.partitions[0].dead, report.well) == ([], 1, True)


def test_something_foreign_where_a_record_was_is_found(
    filled: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign_at(filled, 4, monkeypatch)
    report = filled.verify()
    assert Difference(table="log", key=(0, 4), kind="missing") in report.differences
    assert not report.well
