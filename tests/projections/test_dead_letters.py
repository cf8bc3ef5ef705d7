"""Dead letters: what could not be processed is listed, shown, retried and discarded, and always accounted for."""

import json
from collections.abc import Sequence

import pytest

from klantbeeld.log.postgres.database import ERASURE_LOCK, Connection
from klantbeeld.log.record import Record
from projections import dead_letters
from projections.dead_letters import LetterSettled, UnknownLetter, Unreadable
from projections.fence import Applied, Processor
from projections.replay import ReplayRunning
from tests.domain.household import household
from tests.projections.installation import Installation
from tests.projections.poison import Faulty, broken, set_aside


@pytest.fixture(params=range(len(household())))
def each_position(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def aside(installation: Installation) -> Installation:
    """A household whose order came to grief."""
    installation.post(household())
    set_aside(installation, 4)
    return installation


def retry(installation: Installation, id: int) -> dead_letters.DeadLetter:
    return retry_with(installation, installation.processors(), id)


def retry_with(
    installation: Installation, processors: Sequence[Processor], id: int
) -> dead_letters.DeadLetter:
    return dead_letters.retry(installation.database, installation.log, installation.keys, processors, id)


def the_letter(installation: Installation) -> dead_letters.DeadLetter:
    (letter,) = dead_letters.letters(installation.database, state=None)
    return letter


def test_a_letter_tells_where_its_record_lies_and_nothing_of_the_customer(aside: Installation) -> None:
    letter = the_letter(aside)
    assert (letter.processor, letter.partition, letter.position) == ("timeline", 0, 4)
    assert (letter.type, letter.reason, letter.attempts, letter.state) == (
        "order.placed",
        "handler_failed",
        3,
        "open",
    )
    assert not any(text in str(letter) for text in ("shop:881", "K-501", "Leeslamp"))


def test_its_event_is_shown_to_whoever_asks_for_it(aside: Installation) -> None:
    raw = dead_letters.opened(aside.log, aside.keys, the_letter(aside))
    assert json.loads(raw) == household()[4]


def test_an_event_that_cannot_be_opened_is_said_so(aside: Installation) -> None:
    with broken(aside, 4), pytest.raises(Unreadable):
        dead_letters.opened(aside.log, aside.keys, the_letter(aside))


def test_a_retried_record_from_the_past_leaves_the_state_of_never_having_failed(
    installation: Installation, each_position: int
) -> None:
    installation.post(household())
    set_aside(installation, each_position)
    assert installation.digest() != installation.expected_digest()
    assert retry(installation, the_letter(installation).id).state == "retried"
    report = installation.verify()
    assert (report.differences, report.content_digest) == ([], installation.expected_digest())
    assert (report.partitions[0].stored, report.partitions[0].dead) == (len(household()), 0)


def test_what_fails_again_stays_open_with_one_attempt_more(aside: Installation) -> None:
    faulty = [Faulty(one, "order.placed") for one in aside.processors()]
    letter = retry_with(aside, faulty, the_letter(aside).id)
    assert (letter.state, letter.attempts, letter.reason) == ("open", 4, "handler_failed")
    assert letter.detail.startswith("KeyError at ")
    assert aside.verify().well


def test_a_record_that_does_not_open_fails_again_with_that_reason(aside: Installation) -> None:
    with broken(aside, 4):
        letter = retry(aside, the_letter(aside).id)
    assert (letter.state, letter.attempts, letter.reason) == ("open", 4, "seal_broken")


def test_a_discarded_letter_is_left_alone_from_then_on(aside: Installation) -> None:
    id = the_letter(aside).id
    assert dead_letters.discard(aside.database, id).state == "discarded"
    for again in (lambda: retry(aside, id), lambda: dead_letters.discard(aside.database, id)):
        with pytest.raises(LetterSettled):
            again()
    assert aside.verify().well
    assert aside.verify().partitions[0].dead == 1


def test_a_letter_is_retried_once(aside: Installation) -> None:
    id = the_letter(aside).id
    retry(aside, id)
    with pytest.raises(LetterSettled):
        retry(aside, id)


def test_settled_letters_are_listed_on_request_only(aside: Installation) -> None:
    dead_letters.discard(aside.database, the_letter(aside).id)
    assert dead_letters.letters(aside.database) == []
    assert [one.state for one in dead_letters.letters(aside.database, state="discarded")] == ["discarded"]


def test_an_unknown_number_is_said_so(aside: Installation) -> None:
    with pytest.raises(UnknownLetter):
        dead_letters.letter(aside.database, 404)


def test_nothing_is_settled_while_a_replay_relies_on_it(aside: Installation) -> None:
    id = the_letter(aside).id
    with aside.replay_elsewhere():
        for change in (lambda: retry(aside, id), lambda: dead_letters.discard(aside.database, id)):
            with pytest.raises(ReplayRunning):
                change()
    assert the_letter(aside).state == "open"


class AskedWhether(Faulty):
    """Notes, while it works, whether an erasure could begin."""

    def __init__(self, inner: Processor, installation: Installation) -> None:
        super().__init__(inner, "no such type")
        self._installation, self.could_erase = installation, list[bool]()

    def apply(self, connection: Connection, records: Sequence[Record], voided: int) -> Applied:
        applied = super().apply(connection, records, voided)
        with self._installation.connection.transaction():
            (could,) = self._installation.one("SELECT pg_try_advisory_xact_lock(%s)", ERASURE_LOCK)
        self.could_erase.append(could)
        return applied


def test_erasures_wait_while_a_letter_is_retried(aside: Installation) -> None:
    timeline, search = aside.processors()
    asked = AskedWhether(timeline, aside)
    assert retry_with(aside, [asked, search], the_letter(aside).id).state == "retried"
    assert asked.could_erase == [False]
    assert aside.one(
        "SELECT pg_try_advisory_lock(%s), pg_advisory_unlock(%s)", ERASURE_LOCK, ERASURE_LOCK
    ) == (
        True,
        True,
    )


def test_a_key_that_was_remembered_opens_nothing_after_its_erasure(aside: Installation) -> None:
    (record,) = aside.log.read(0, 4, 1)
    assert aside.keys.keys([record.owner])[record.owner]
    with aside.connection.transaction():
        aside.run("SELECT pg_advisory_xact_lock(%s)", ERASURE_LOCK)
        aside.run("UPDATE kept.identifier_key SET wrapped_key = NULL WHERE token = %s::uuid", record.owner)
        aside.run("UPDATE kept.erasure_epoch SET epoch = epoch + 1")
    assert retry(aside, the_letter(aside).id).state == "retried"
    assert aside.one("SELECT shredded FROM checkpoint WHERE processor = 'timeline'") == (1,)
    assert aside.one("SELECT count(*) FROM entry WHERE event_key = %s::uuid", record.event_key) == (0,)
