"""The picture is a function of the set of events: no order, copy, partition or installation shows in it."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from klantbeeld.domain.digest import content_digest
from klantbeeld.domain.events.event import Event
from klantbeeld.domain.folding import Entity, advance, fold_all
from klantbeeld.domain.folds import BY_KIND, FOLDS
from klantbeeld.domain.picture import Picture, picture
from klantbeeld.domain.profiles import ProfileFold, ProfileState, merge, merge_all
from klantbeeld.domain.routing import links_from, routes
from tests.domain.building import RULES, Cloud, decode, told
from tests.domain.household import household
from tests.domain.strategies import histories

chances = st.randoms(use_true_random=False)
some_histories = st.one_of(histories(), st.just(household()))


def pictured(events: list[Event]) -> Picture:
    return picture(events, RULES, decode)


def digest(clouds: list[Cloud], salt: str = "") -> str:
    return content_digest(pictured(told(clouds, salt)))


@settings(max_examples=150)
@given(some_histories, chances)
def test_any_order_of_arrival_gives_the_same_digest(history: list[Cloud], chance: Random) -> None:
    assert digest(chance.sample(history, len(history))) == digest(history)


@settings(max_examples=80)
@given(some_histories, chances)
def test_copies_that_come_later_change_nothing(history: list[Cloud], chance: Random) -> None:
    copies = [chance.choice(history) for _ in range(len(history) // 2)]
    assert digest([*history, *copies]) == digest(history)


@settings(max_examples=80)
@given(some_histories)
def test_two_installations_with_other_tokens_and_keys_agree(history: list[Cloud]) -> None:
    assert digest(history, salt="another installation") == digest(history)


@settings(max_examples=80)
@given(some_histories, chances)
def test_of_copies_the_one_recorded_first_stays_whichever_is_seen_first(
    history: list[Cloud], chance: Random
) -> None:
    events = told([*history, *history])
    chance.shuffle(events)
    assert {one.event.recorded_at for one in pictured(events).entries} == {
        one.recorded_at for one in told(history)
    }


@settings(max_examples=80)
@given(some_histories, chances)
def test_entities_and_their_versions_are_the_same_for_any_order(history: list[Cloud], chance: Random) -> None:
    shuffled = told(chance.sample(history, len(history)))
    assert pictured(shuffled).entities == pictured(told(history)).entities


@settings(max_examples=80)
@given(some_histories, chances)
def test_advancing_event_by_event_gives_what_folding_all_at_once_gives(
    history: list[Cloud], chance: Random
) -> None:
    seen = pictured(told(history))
    for (kind, external_id), whole in seen.entities.items():
        own = [one.event for one in seen.entries if external_id in BY_KIND[kind].keys(one.event, one.routes)]
        one_by_one: Entity[object] | None = None
        for event in own:
            one_by_one = advance(BY_KIND[kind], one_by_one, external_id, event)
        shuffled = fold_all(BY_KIND[kind], external_id, chance.sample(own, len(own)))
        assert one_by_one == shuffled == whole


@settings(max_examples=80)
@given(some_histories)
def test_every_fold_that_an_event_concerns_is_asked(history: list[Cloud]) -> None:
    """Folding with every fold there is finds no entity that the picture misses."""
    seen = pictured(told(history))
    concerned = {
        (fold.kind, external_id)
        for one in seen.entries
        for fold in FOLDS
        for external_id in fold.keys(one.event, one.routes)
    }
    assert concerned == set(seen.entities)


@settings(max_examples=80)
@given(some_histories, chances)
def test_links_known_late_give_the_same_routes(history: list[Cloud], chance: Random) -> None:
    events = told(history)
    links, shuffled = links_from(events), links_from(chance.sample(events, len(events)))
    assert [routes(event, links) for event in events] == [routes(event, shuffled) for event in events]


@settings(max_examples=80)
@given(some_histories)
def test_every_entry_belongs_to_one_customer_or_to_nobody(history: list[Cloud]) -> None:
    seen = pictured(told(history))
    owned = [one for head in seen.customers() for one in seen.entries_of(head)]
    alone = [one for one in seen.entries if seen.head_of(one.event.owner) is None]
    assert len(owned) + len(alone) == len(history)


def profiles_of(history: list[Cloud]) -> list[ProfileState]:
    """What each event says, under one identifier."""
    fold = ProfileFold()
    events = [event for event in told(history) if fold.keys(event, routes(event))]
    return [fold.apply(fold.begin(""), event) for event in events]


@settings(max_examples=80)
@given(some_histories, chances)
def test_profiles_merge_in_any_order_and_grouping(history: list[Cloud], chance: Random) -> None:
    states = profiles_of(history)
    cut = chance.randint(0, len(states))
    parts = merge(merge_all(states[cut:]), merge_all(states[:cut]))
    assert parts == merge_all(chance.sample(states, len(states))) == merge_all(states)


@settings(max_examples=40)
@given(some_histories)
def test_merging_a_profile_with_itself_changes_nothing(history: list[Cloud]) -> None:
    whole = merge_all(profiles_of(history))
    assert merge(whole, whole) == whole
