"""Public records with known answers, as people and as events. The answers are used to count, never to estimate."""

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from klantbeeld.domain.events.event import Event
from klantbeeld.domain.identifiers import BadIdentifier
from klantbeeld.domain.profiles import ProfileFold
from klantbeeld.ingest.normalise import normalise
from projections.suggestions.descriptions import Description, describe
from tests.domain.building import Cloud, cloud, told

SETS = ("fake_1000", "febrl_dataset1")
CONTACTS = ("email", "phone", "whatsapp")
Pair = tuple[str, str]


class Record(NamedTuple):
    """`data` of `customer.described`. `key`: what a customer would be known by everywhere, if anything."""

    name: str
    person: str
    data: dict[str, Any]
    email: str | None = None
    key: dict[str, str] | None = None


class Rates(NamedTuple):
    precision: float
    recall: float


def records(folder: Path, name: str) -> list[Record]:
    read = {"fake_1000": _fake, "febrl_dataset1": _febrl}[name]
    with (folder / "identity" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = (
            {key: (text or "").strip() for key, text in row.items()}
            for row in csv.DictReader(file, skipinitialspace=True)
        )
        return [read(row) for row in rows]


def people(found: list[Record]) -> dict[str, Description]:
    """Those of whom there is something to compare."""
    described = {one.name: described_by(event) for one, event in zip(found, told(events(found)), strict=True)}
    return {name: one for name, one in described.items() if one}


def described_by(*events: Event) -> Description | None:
    """One person, as described under the identifier that owns these events."""
    fold, profile = ProfileFold(), ProfileFold().begin(events[0].owner)
    for event in events:
        profile = fold.apply(profile, event)
    contacts = {
        (one.type, one.value) for event in events for one in event.identifiers if one.type in CONTACTS
    }
    return describe(profile, contacts)


def events(found: list[Record], *, keyed: bool = False) -> list[Cloud]:
    """Each record as an event under a number of its own; `keyed`: with the key, else with a weak e-mail address."""
    return list(_events(found, keyed))


def true_pairs(found: list[Record]) -> set[Pair]:
    by_person: dict[str, list[str]] = {}
    for one in found:
        by_person.setdefault(one.person, []).append(one.name)
    return {pair for names in by_person.values() for pair in combinations(sorted(names), 2)}


def rates(suggested: set[Pair], true: set[Pair]) -> Rates:
    right = len(suggested & true)
    return Rates(right / max(1, len(suggested)), right / len(true))


def _fake(row: Mapping[str, str]) -> Record:
    data = {
        "name": _given(given=row["first_name"], family=row["surname"]),
        "birth_date": row["dob"],
        "addresses": [_given(city=row["city"])] if row["city"] else [],
    }
    email = row["email"] if _is_address(row["email"]) else None
    key = {"type": "email", "value": email} if email else None
    return Record(row["unique_id"], row["cluster"], _given(**data), email, key)


def _febrl(row: Mapping[str, str]) -> Record:
    address = _given(
        number=row["street_number"],
        street=row["address_1"],
        lines=[row["address_2"]] if row["address_2"] else [],
        city=row["suburb"],
        postal_code=row["postcode"],
    )
    data = {
        "name": _given(given=row["given_name"], family=row["surname"]),
        "birth_date": _date(row["date_of_birth"]),
        "addresses": [address] if address else [],
    }
    key = {"type": "customer_number", "value": row["soc_sec_id"], "strength": "verified"}
    return Record(row["rec_id"], row["rec_id"].split("-")[1], _given(**data), key=key)


def _is_address(text: str) -> bool:
    """Some were damaged so much that no source could send them as an address."""
    try:
        return bool(normalise("email", text))
    except BadIdentifier:
        return False


def _given(**fields: Any) -> dict[str, Any]:
    return {name: text for name, text in fields.items() if text}


def _date(text: str) -> str:
    try:
        return date.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:]}").isoformat()
    except ValueError:
        return ""


def _events(found: list[Record], keyed: bool) -> Iterator[Cloud]:
    for place, one in enumerate(found):
        who = [{"type": "anonymous", "value": f"record {one.name}"}]
        if keyed and one.key:
            who.append(one.key)
        elif one.email:
            who.append({"type": "email", "value": one.email, "strength": "weak"})
        yield cloud("customer.described", place, who, id=f"record {one.name}", **one.data)
