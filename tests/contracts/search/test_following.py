"""Search follows the timeline: what was said can be found, what was taken back cannot."""

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from klantbeeld.log.postgres.database import Database
from projections.fence import apply_batch
from projections.search.processor import AheadOfTimeline
from tests.contracts.search.following import Following
from tests.domain.building import ANNEMIEK, ANNEMIEKS_MAIL, BORIS, HOUSE_PHONE, Cloud, cloud, correction
from tests.domain.household import household
from tests.domain.strategies import histories


@pytest.fixture
def following(database: Database) -> Iterator[Following]:
    following = Following(database)
    yield following
    following.close()


def said(at: float, text: str, interaction: str = "m:1", **more: object) -> Cloud:
    content = {
        "channel": "email",
        "direction": "inbound",
        "interaction_id": interaction,
        "text": text,
        **more,
    }
    return cloud("interaction.recorded", at, ANNEMIEK, **content)


def test_a_customer_is_found_by_name_company_address_and_every_identifier(following: Following) -> None:
    name = {"given": "Annemiek", "prefix": "van", "family": "Dalen"}
    address = {"street": "Kerkstraat", "number": "12", "addition": "B", "city": "Delft"}
    about = {"name": name, "company": "Dalen Fietsen", "addresses": [address]}
    following.take(cloud("customer.described", 0, [ANNEMIEK, ANNEMIEKS_MAIL, HOUSE_PHONE], **about))
    for query in ("van dalen", "anemiek", "fietsen", "kerkstraat 12b", "K-501"):
        assert following.titles(query) == ["Annemiek van Dalen"], query
    assert following.titles("annemiek@example.nl") == ["annemiek@example.nl"]
    assert following.titles("06-1234 5640") == ["+31612345640"]


def test_a_contact_is_found_by_what_was_said_in_it(following: Following) -> None:
    thread = {"conversation_id": "desk:7"}
    following.take(
        said(0, "De lamp is stuk", **thread, subject="Klacht"), said(5, "Nog niets gehoord", "m:2", **thread)
    )
    for query in ("lamp stuk", "niets gehoord", "klacht", "desk:7"):
        hit = following.hits(query)[0]
        assert (hit.kind, hit.title) == ("contact", "Klacht"), query
    assert following.hits("gehoord")[0].highlight.startswith("Nog niets <mark>gehoord</mark> De lamp")


def test_amended_text_takes_the_place_of_what_was_said(following: Following) -> None:
    following.take(said(0, "verkeerd gezegd"))
    following.take(cloud("interaction.amended", 1, ANNEMIEK, interaction_id="m:1", text="beter verwoord"))
    assert (following.hits("verkeerd"), len(following.hits("beter verwoord"))) == ([], 1)


def test_removed_text_is_not_found(following: Following) -> None:
    following.take(said(0, "mijn wachtwoord", subject="Vraag"))
    following.take(cloud("interaction.removed", 1, ANNEMIEK, interaction_id="m:1"))
    assert (following.hits("wachtwoord"), following.titles("vraag")) == ([], [])


def test_an_automatic_reply_is_no_contact_and_not_found(following: Following) -> None:
    following.take(said(0, "afwezig tot maandag", auto="reply"))
    assert following.hits("afwezig") == []


def test_an_order_is_found_by_number_article_and_parcel(following: Following) -> None:
    line = {"sku": "LAMP-3", "name": "Leeslamp"}
    following.take(cloud("order.placed", 0, ANNEMIEK, order_id="web:1001", lines=[line]))
    following.take(cloud("order.shipment_updated", 1, ANNEMIEK, order_id="web:1001", tracking="3SINVENTED7"))
    for query in ("web:1001", "1001", "leeslamp", "lamp-3", "3sinvented7"):
        assert following.titles(query) == ["Order web:1001"], query


def test_a_parcel_moves_to_its_order_once_that_is_known(following: Following) -> None:
    following.take(cloud("order.shipment_updated", 1, ANNEMIEK, tracking="3SINVENTED7", status="shipped"))
    assert following.titles("3sinvented7") == ["Parcel 3SINVENTED7"]
    following.take(cloud("order.placed", 0, ANNEMIEK, order_id="web:1001", tracking="3SINVENTED7"))
    assert following.titles("3sinvented7") == ["Order web:1001"]


def test_a_corrected_text_is_found_as_corrected(following: Following) -> None:
    wrong = said(0, "foute tekst")
    following.take(wrong)
    following.take(correction(1, wrong, text="juiste tekst"))
    assert (following.hits("foute"), len(following.hits("juiste"))) == ([], 1)


def test_a_corrected_order_number_leaves_nothing_under_the_old_one(following: Following) -> None:
    wrong = cloud("order.placed", 0, ANNEMIEK, order_id="web:1001")
    following.take(wrong)
    following.take(correction(1, wrong, order_id="web:2002"))
    assert (following.hits("web:1001"), following.titles("web:2002")) == ([], ["Order web:2002"])


def test_an_identifier_that_a_correction_took_back_is_not_found(following: Following) -> None:
    wrong = cloud("customer.described", 0, [ANNEMIEK, ANNEMIEKS_MAIL], company="Dalen Fietsen")
    following.take(wrong)
    following.take(correction(1, wrong, identifiers=[BORIS]))
    assert (following.hits("annemiek@example.nl"), following.hits("K-501")) == ([], [])
    assert following.titles("fietsen") == ["Dalen Fietsen"]


def test_an_attributed_contact_changes_owner(following: Following) -> None:
    following.take(said(0, "van wie is dit"), cloud("customer.described", 0, BORIS, name={"given": "Boris"}))
    before = following.hits("van wie")[0].owner
    to = {key: BORIS[key] for key in ("type", "value")}
    following.take(cloud("interaction.attributed", 1, ANNEMIEK, interaction_id="m:1", to=to))
    assert following.hits("van wie")[0].owner == following.hits("Boris")[0].owner != before


def test_search_does_not_run_ahead_of_the_timeline(following: Following) -> None:
    following.post(said(0, "lamp"), said(1, "tafel", "m:2"))
    following.step_timeline(1)
    assert following.search.limit(following.connection, 0) == 1
    records = following.log.read(0, 0, 2)
    with pytest.raises(AheadOfTimeline), following.connection.transaction():
        apply_batch(following.connection, following.search, 0, following.log.log_id(), records)
    assert (following.position("search"), following.hits("lamp")) == (0, [])
    following.step_search()
    assert (following.position("search"), len(following.hits("lamp")), following.hits("tafel")) == (1, 1, [])


def test_what_a_batch_touched_is_forgotten_once_search_has_seen_it(following: Following) -> None:
    wrong = said(0, "foute tekst")
    following.take(wrong, said(1, "tafel", "m:2"))
    assert _touched(following) == 0
    following.post(correction(2, wrong, text="juiste tekst"))
    following.step_timeline()
    assert _touched(following) > 0
    following.step_search()
    assert _touched(following) == 0


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    history=st.one_of(histories(most=30), st.just(household())),
    chance=st.randoms(use_true_random=False),
)
def test_following_gives_what_filling_anew_gives(
    following: Following, history: list[Cloud], chance: Random
) -> None:
    following.empty()
    following.post(*chance.sample(history, len(history)))
    following.catch_up(lambda: chance.randint(1, 6), lambda: chance.random() < 0.5)
    assert following.position("search") == following.position("timeline")
    assert following.held() == following.filled_anew()


def _touched(following: Following) -> int:
    row = following.connection.execute("SELECT count(*) FROM touched").fetchone()
    assert row
    return int(row[0])


def test_an_identifier_that_is_only_pointed_at_is_found(following: Following) -> None:
    """Whose a call was after all may be somebody of whom no event told before."""
    following.take(said(0, "over de fiets"))
    to = {"type": "customer_number", "value": "K-77"}
    following.take(cloud("interaction.attributed", 1, ANNEMIEK, interaction_id="m:1", to=to))
    assert following.held() == following.filled_anew()
    assert following.titles("K-77") != []
