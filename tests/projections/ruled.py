"""Rules for tests: documents that judge the people of the strategies otherwise, and what follows from them, seen apart."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

from hypothesis import strategies as st

from tests.domain.building import Cloud, cloud, with_some_taken_back
from tests.domain.household import household
from tests.domain.strategies import IDENTIFIERS, histories
from tests.projections.installation import Installation

STRICT: Final = {"limits": {"phone": {"*": 0, "email": 0}, "email": {"customer_number": 0, "phone": 1}}}
EASY: Final = {"limits": {"*": {"*": None}, "phone": {"*": None, "email": None, "customer_number": None}}}
DOCUMENTS: Final[Sequence[dict[str, Any]]] = (
    {},
    STRICT,
    EASY,
    {"junk": {"values": {"phone": ["+31612345651"], "email": ["person1@example.nl"]}}},
    {"junk": {"words": ["K-1", "web/1"]}, "limits": {"order_number": {"*": 1, "email": 0}}},
    {"junk": {"values": {"customer_number": ["K-2"]}}, "limits": {"customer_number": {"email": 1}}},
)
KIOSK: Final = {"type": "phone", "value": "+31612345650"}
_CUSTOMERS: Final = [one for one in IDENTIFIERS if one["type"] in ("customer_number", "email", "phone")]
_SAID: Final = st.one_of(
    st.tuples(st.just("visit"), st.lists(st.sampled_from(_CUSTOMERS), min_size=1, max_size=3, unique_by=str)),
    st.tuples(st.just("login"), st.lists(st.sampled_from(_CUSTOMERS), min_size=2, max_size=3, unique_by=str)),
    st.tuples(st.sampled_from(["visit", "login"]), st.sampled_from(_CUSTOMERS).map(lambda one: [KIOSK, one])),
    st.tuples(
        st.sampled_from(["linked", "unlinked"]),
        st.lists(st.sampled_from(_CUSTOMERS[:8]), min_size=2, max_size=2, unique_by=str),
    ),
)


def rules_changed(at: float | str, document: Mapping[str, Any], *, id: str | None = None) -> Cloud:
    return cloud("rules.changed", at, id=id, kind="identity", version="7", document=dict(document))


@st.composite
def acquaintances(draw: st.DrawFn) -> list[Cloud]:
    """People whose identifiers turn up together, in every way."""
    told = draw(st.lists(_SAID, min_size=3, max_size=14))
    history = [_said(place, *one) for place, one in enumerate(told)]
    return with_some_taken_back(history, draw(st.randoms(use_true_random=False)))


@st.composite
def ruled_histories(draw: st.DrawFn) -> list[Cloud]:
    """A history with changes of rules in it, at any moments, in any place."""
    history = [*draw(st.one_of(histories(), acquaintances(), acquaintances(), st.just(household())))]
    for number in range(draw(st.integers(1, 3))):
        changed = rules_changed(
            draw(st.integers(0, 4)), draw(st.sampled_from(DOCUMENTS)), id=f"rules {number}"
        )
        history.insert(draw(st.integers(0, len(history))), changed)
    return history


def conclusions(installation: Installation) -> dict[str, tuple[str | None, bool, bool]]:
    """By identifier: whose it is, whether it is shared, whether it is junk."""
    rows = installation.all("SELECT token, head, shared, junk FROM identifier")
    return {token: (head, shared, junk) for token, head, shared, junk in rows}


def expected_conclusions(installation: Installation) -> dict[str, tuple[str | None, bool, bool]]:
    seen = installation.pictured()
    resolution = seen.resolution
    return {
        token: (resolution.head[token], token in resolution.shared, one.junk)
        for token, one in seen.known.items()
    }


def contested(installation: Installation) -> set[str]:
    """Identifiers of which only what is verified counts."""
    return {token for (token,) in installation.all("SELECT token FROM identifier WHERE sharing = 1")}


def any_order(history: Sequence[Cloud], chance: Random) -> list[Cloud]:
    """Shuffled, and some of it twice."""
    return [*chance.sample(history, len(history)), *chance.sample(history, len(history) // 3)]


def _said(place: int, what: str, who: list[dict[str, Any]]) -> Cloud:
    if what in ("visit", "login"):
        sure = {"strength": "verified"} if what == "login" else {}
        named = [{**one, **sure} for one in who]
        return cloud("visit.recorded", place % 5, named, id=f"visit {place}", page="/retour")
    pair = [{name: one[name] for name in ("type", "value")} for one in who]
    return cloud(f"identity.{what}", place % 5, id=f"word {place}", pair=pair)
