"""Identity rules in the log: in force for everything, whenever they come, and undone by others."""

from dataclasses import replace
from random import Random

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections.dead_letters import retry
from projections.fence import apply_batch
from projections.timeline import TimelineProcessor
from tests.domain.building import ANNEMIEK, ANNEMIEKS_MAIL, BORIS, Cloud, cloud, taken_back
from tests.domain.household import household
from tests.projections.installation import RULES, Installation
from tests.projections.poison import set_aside
from tests.projections.ruled import (
    DOCUMENTS,
    EASY,
    STRICT,
    acquaintances,
    any_order,
    conclusions,
    contested,
    expected_conclusions,
    ruled_histories,
    rules_changed,
)
from tests.projections.test_several_workers import worked

chances = st.randoms(use_true_random=False)
fixtures_too = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
PHONE = {"type": "phone", "value": "+31612345651"}


def arrived(installation: Installation, told: list[Cloud], chance: Random) -> None:
    installation.empty()
    while told:
        cut = chance.randint(1, len(told))
        installation.post(told[:cut])
        installation.settle(sizes=lambda: chance.randint(1, 6))
        told = told[cut:]
    assert installation.all("SELECT 1 FROM kept.dead_letter") == []


@settings(max_examples=120, suppress_health_check=fixtures_too)
@given(history=ruled_histories(), chance=chances)
def test_rules_changed_at_any_time_hold_for_everything(
    reused: Installation, history: list[Cloud], chance: Random
) -> None:
    arrived(reused, any_order(history, chance), chance)
    assert reused.digest() == reused.expected_digest()
    assert conclusions(reused) == expected_conclusions(reused)
    assert contested(reused) == reused.pictured().resolution.contested


@settings(max_examples=25, suppress_health_check=fixtures_too)
@given(history=ruled_histories(), chance=chances)
def test_every_row_is_what_a_replay_gives_whenever_rules_changed(
    reused: Installation, history: list[Cloud], chance: Random
) -> None:
    arrived(reused, any_order(history, chance), chance)
    report = reused.verify()
    assert (report.differences, report.content_digest) == ([], reused.expected_digest())


@settings(max_examples=40, suppress_health_check=fixtures_too)
@given(history=ruled_histories(), chance=chances)
def test_several_workers_come_to_the_same_rules(
    reused: Installation, history: list[Cloud], chance: Random
) -> None:
    worked(reused, history, chance)
    assert reused.digest() == reused.expected_digest()
    assert conclusions(reused) == expected_conclusions(reused)


@settings(max_examples=40, suppress_health_check=fixtures_too)
@given(history=acquaintances(), document=st.sampled_from(DOCUMENTS), chance=chances)
def test_rules_that_are_taken_back_leave_no_trace(
    reused: Installation, history: list[Cloud], document: dict[str, object], chance: Random
) -> None:
    arrived(reused, any_order(history, chance), chance)
    before = conclusions(reused)
    reused.take([rules_changed(10, document, id="there")], [rules_changed(11, {}, id="and back")])
    assert conclusions(reused) == before
    assert reused.verify().well


def test_a_worker_hears_of_rules_that_another_put_in_force(installation: Installation) -> None:
    junk = {"junk": {"values": {PHONE["type"]: [PHONE["value"]]}}}
    told = [
        cloud("visit.recorded", n, [who, PHONE], id=f"visit {n}", page="/")
        for n, who in enumerate([ANNEMIEK, BORIS])
    ]
    installation.post([cloud("visit.recorded", 9, ANNEMIEKS_MAIL, page="/"), rules_changed(5, junk), *told])
    one, other = (TimelineProcessor(installation.names, installation.keys, RULES) for _ in range(2))
    first, rules, *rest = installation.records()
    log_id = installation.log.log_id()
    batches = [(one, 1, [first]), (other, 2, [rules]), (one, 1, rest)]
    for processor, partition, records in batches:
        with installation.connection.transaction():
            start = 0 if processor is other or records == [first] else 1
            own = [replace(r, partition=partition, position=start + n) for n, r in enumerate(records)]
            apply_batch(installation.connection, processor, partition, log_id, own)
    assert conclusions(installation) == expected_conclusions(installation)
    assert installation.one("SELECT junk FROM identifier WHERE value = %s", PHONE["value"]) == (True,)


def test_rules_of_a_batch_that_was_rolled_back_are_put_in_force_when_it_comes_again(
    installation: Installation,
) -> None:
    installation.take(household())
    installation.post([rules_changed(5, STRICT)])
    timeline, position = installation.running[0], installation.position()
    with installation.connection.transaction():
        new = installation.records()[position:]
        apply_batch(installation.connection, timeline, 0, installation.log.log_id(), new)
        raise psycopg.Rollback
    timeline.undo()
    installation.settle()
    assert conclusions(installation) == expected_conclusions(installation)


def test_rules_of_a_retried_dead_letter_hold(installation: Installation) -> None:
    installation.post([*household(), rules_changed(5, STRICT)])
    set_aside(installation, len(household()))
    assert installation.one("SELECT count(*) FROM rules") == (0,)
    (number,) = installation.one("SELECT id FROM kept.dead_letter")
    retry(installation.database, installation.log, installation.keys, installation.processors(), number)
    assert installation.digest() == installation.expected_digest()
    assert conclusions(installation) == expected_conclusions(installation)
    installation.take([cloud("visit.recorded", 90, [BORIS, ANNEMIEKS_MAIL], page="/")])
    assert conclusions(installation) == expected_conclusions(installation)
    assert installation.verify().well


def test_a_rebuild_puts_the_same_rules_in_force(installation: Installation) -> None:
    installation.take(household(), [rules_changed(5, STRICT)], [rules_changed(2, EASY)])
    before, ruled = (
        conclusions(installation),
        installation.one("SELECT * FROM rules WHERE document <> '{}' LIMIT 1"),
    )
    report = installation.rebuild()
    assert report.swapped
    assert report.count == 0
    assert conclusions(installation) == before
    assert installation.one("SELECT * FROM rules WHERE document <> '{}' LIMIT 1") == ruled
    installation.running[0].forget()
    installation.take([cloud("visit.recorded", 90, [BORIS, PHONE], page="/")])
    assert conclusions(installation) == expected_conclusions(installation)


def test_what_is_junk_joins_from_the_moment_that_it_is_none(installation: Installation) -> None:
    known = [
        cloud("visit.recorded", 1, [ANNEMIEKS_MAIL, PHONE], page="/"),
        cloud("visit.recorded", 2, [BORIS, PHONE], page="/"),
    ]
    junk = {"junk": {"values": {PHONE["type"]: [PHONE["value"]]}}}
    installation.take([rules_changed(0, junk, id="ours")], known)
    assert len({head for head, _, _ in conclusions(installation).values() if head}) == 2
    installation.take([rules_changed(3, {}, id="no more")])
    assert len({head for head, _, _ in conclusions(installation).values() if head}) == 1
    assert conclusions(installation) == expected_conclusions(installation)


def test_what_is_junk_counts_against_no_limit(installation: Installation) -> None:
    told = [
        cloud("visit.recorded", n, [who, PHONE], id=f"visit {n}", page="/")
        for n, who in enumerate([ANNEMIEK, BORIS])
    ]
    installation.take(told)
    assert installation.one("SELECT shared FROM identifier WHERE type = 'phone'") == (True,)
    junk = {"junk": {"values": {BORIS["type"]: [BORIS["value"]]}}}
    installation.take([rules_changed(4, junk)])
    assert conclusions(installation) == expected_conclusions(installation)
    assert installation.one("SELECT shared FROM identifier WHERE type = 'phone'") == (False,)
    installation.take([rules_changed(5, {})])
    assert conclusions(installation) == expected_conclusions(installation)


def test_a_verified_phone_is_contested_as_long_as_rules_allow_less_than_is_asserted_of_it(
    installation: Installation,
) -> None:
    mails = [{"type": "email", "value": f"anna{number}@example.nl"} for number in (1, 2)]
    login = [{**one, "strength": "verified"} for one in (ANNEMIEK, PHONE)]
    forms = [
        cloud("visit.recorded", n, [PHONE, mail], id=f"form {n}", page="/") for n, mail in enumerate(mails)
    ]
    installation.take([cloud("visit.recorded", 9, login, id="login", page="/"), *forms])
    whole = conclusions(installation)
    assert len({head for head, _, _ in whole.values()}) == 1
    installation.take([rules_changed(10, {"limits": {"phone": {"email": 1}}}, id="fewer")])
    heads = [head for head, _, _ in conclusions(installation).values()]
    assert sorted(heads.count(head) for head in set(heads)) == [1, 1, 2]
    assert contested(installation) == set(
        installation.one("SELECT token FROM identifier WHERE type = 'phone'")
    )
    assert installation.verify().well
    installation.take([rules_changed(11, {}, id="as before")])
    assert conclusions(installation) == whole
    assert contested(installation) == set()


def test_what_people_took_apart_counts_against_no_limit_of_other_rules(installation: Installation) -> None:
    mails = [{"type": "email", "value": f"anna{number}@example.nl"} for number in (1, 2)]
    told = [
        cloud("visit.recorded", n, [PHONE, mail], id=f"visit {n}", page="/") for n, mail in enumerate(mails)
    ]
    installation.take(told, [cloud("identity.unlinked", 3, pair=[PHONE, mails[1]], by="a-1")])
    installation.take([rules_changed(4, {"limits": {"phone": {"email": 1}}})])
    assert not any(shared for _, shared, _ in conclusions(installation).values())
    installation.take([cloud("identity.linked", 5, pair=[PHONE, mails[1]], by="a-1")])
    assert conclusions(installation) == expected_conclusions(installation)
    assert any(shared for _, shared, _ in conclusions(installation).values())


def test_an_unlink_that_was_taken_back_is_none_for_other_rules_whenever_either_was_said(
    installation: Installation,
) -> None:
    mails = [{"type": "email", "value": f"anna{number}@example.nl"} for number in (1, 2)]
    told = [
        cloud("visit.recorded", n, [PHONE, mail], id=f"visit {n}", page="/") for n, mail in enumerate(mails)
    ]
    apart = cloud("identity.unlinked", 5, pair=[PHONE, mails[1]], by="a-1")
    installation.take(told, [taken_back(apart, 3)], [apart])
    installation.take([rules_changed(6, {"limits": {"phone": {"email": 1}}})])
    assert conclusions(installation) == expected_conclusions(installation)
    assert any(shared for _, shared, _ in conclusions(installation).values())


def test_a_correction_of_a_call_from_a_withheld_number_reads_no_other_call(
    installation: Installation,
) -> None:
    withheld = {"type": "phone", "value": "anonymous"}
    calls = [
        cloud("interaction.recorded", n, [withheld, {"type": "anonymous", "value": f"pbx/{n}"}], id=f"call {n}",
              channel="phone", direction="inbound")
        for n in range(40)
    ]  # fmt: skip
    installation.take(calls)
    known = calls[20]["data"] | {"identifiers": [withheld, ANNEMIEK]}
    named = {"source": calls[20]["source"], "id": calls[20]["id"]}
    installation.post([cloud("event.corrected", 60, event=named, data=known)])
    installation.run(
        "UPDATE entry SET tokens = '{}' WHERE event_key <> ALL(ARRAY(SELECT event_key FROM entry WHERE id = 'call 20'))"
    )
    installation.settle()
    assert conclusions(installation) == expected_conclusions(installation)
