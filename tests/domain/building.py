"""Events made of the CloudEvents that a test writes down, read as ingest reads them, with tokens that never vary.

Moments are whole minutes after `START`, unless a test says otherwise.
"""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import msgspec

from klantbeeld.domain.events.event import Event, FoldOrder, Identified, Token
from klantbeeld.domain.folding import Entity
from klantbeeld.domain.identifiers import Identifier
from klantbeeld.domain.identity import default_rules
from klantbeeld.domain.picture import Picture, picture
from klantbeeld.domain.problems import Invalid
from klantbeeld.ingest.identify import identities
from klantbeeld.ingest.reading import parse
from klantbeeld.ingest.sender import Sender
from klantbeeld.log.decoding import convert_named

Cloud = dict[str, Any]

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
NOW = datetime(2026, 12, 31, tzinfo=UTC)
RULES = default_rules()
SYSTEM = Sender(name="test", attests=True, system=True)
ANNEMIEK = {"type": "customer_number", "value": "K-501", "strength": "verified"}
ANNEMIEKS_MAIL = {"type": "email", "value": "annemiek@example.nl"}
BORIS = {"type": "customer_number", "value": "K-502", "strength": "verified"}
HOUSE_PHONE = {"type": "phone", "value": "+31 6 1234 5640"}


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


def cloud(
    name: str,
    at: float | str,
    who: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    /,
    *,
    id: str | None = None,
    source: str = "/test",
    sequence: int | None = None,
    **data: Any,
) -> Cloud:
    """One CloudEvent. `at`: a minute, or an instant as text. A trailing `_` of a field name falls away (`for_`)."""
    time = at if isinstance(at, str) else minute(at).isoformat()
    about = {} if who is None else {"identifiers": [who] if isinstance(who, Mapping) else [*who]}
    event = {
        "specversion": "1.0",
        "id": id or f"{name} at {at}",
        "source": source,
        "type": f"klantbeeld.{name}",
        "time": time,
        "data": {**about, **{field.removesuffix("_"): value for field, value in data.items()}},
    }
    return event if sequence is None else {**event, "sequence": sequence}


def correction(at: float, target: Cloud, *, id: str | None = None, **data: Any) -> Cloud:
    """`target` with some of its data changed; a field given as None falls away."""
    kept = {name: value for name, value in {**target["data"], **data}.items() if value is not None}
    named = {"source": target["source"], "id": target["id"]}
    return cloud("event.corrected", at, id=id, event=named, data=kept)


def judged(word: str, at: float, a: Mapping[str, Any], b: Mapping[str, Any]) -> Cloud:
    return cloud(f"identity.{word}", at, pair=[a, b], by="a-3")


def taken_back(word: Cloud, at: float | str, *, id: str | None = None) -> Cloud:
    """Somebody withdraws what `word` says of a pair."""
    named = [{"source": word["source"], "id": word["id"]}]
    return cloud("identity.decision_withdrawn", at, id=id, pair=word["data"]["pair"], withdraws=named)


def is_word(one: Cloud) -> bool:
    return one["type"] in ("klantbeeld.identity.linked", "klantbeeld.identity.unlinked")


def with_some_taken_back(history: Sequence[Cloud], chance: Random) -> list[Cloud]:
    """Some of people's words are withdrawn, at any moment."""
    words = [one for one in history if is_word(one) and chance.random() < 0.4]
    back = [taken_back(one, chance.randint(0, 9), id=f"back {n}") for n, one in enumerate(words)]
    return [*history, *back]


def told(clouds: Iterable[Cloud], salt: str = "") -> list[Event]:
    """The events, recorded in the order given. Another `salt` gives other tokens and keys."""
    return [_event(json.dumps(one).encode(), place, salt) for place, one in enumerate(clouds)]


def decode(name: str, version: int, data: Mapping[str, Any]) -> Any:
    try:
        return convert_named(name, version, data)
    except msgspec.ValidationError:
        raise Invalid("bad_data") from None


def pictured(*clouds: Cloud, salt: str = "") -> Picture:
    return picture(told(clouds, salt), RULES, decode)


def entity(seen: Picture, kind: str, external_id: str) -> Entity[Any]:
    return seen.entities[kind, external_id]


def state(kind: str, external_id: str, *clouds: Cloud) -> Any:
    return entity(pictured(*clouds), kind, external_id).state


def token(type: str, value: str, salt: str = "") -> Token:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"token {salt} {type} {value}"))


def _event(raw: bytes, place: int, salt: str) -> Event:
    parsed = parse(raw, NOW, SYSTEM)
    found = identities(parsed, SYSTEM, "NL")
    known = tuple(_identified(one, salt) for one in found.identifiers)
    pointed = _identified(found.pointed, salt) if found.pointed else None
    return Event(
        key=str(uuid.uuid5(uuid.NAMESPACE_URL, f"event {salt} {parsed.source} {parsed.id}")),
        type=parsed.type.name,
        order=FoldOrder(parsed.time, parsed.sequence, parsed.source, parsed.id),
        recorded_at=NOW + timedelta(seconds=place),
        owner=known[found.owner].token if found.owner is not None else _nobody(salt),
        identifiers=known,
        data=parsed.data,
        raw_data=bytes(msgspec.json.decode(raw, type=dict[str, msgspec.Raw])["data"]),
        version=parsed.version,
        history=parsed.history,
        pointed=pointed.token if pointed else None,
        pointed_at=pointed,
        position=place,
    )


def _identified(one: Identifier, salt: str) -> Identified:
    return Identified(token(one.type, one.value, salt), one.type, one.value, int(one.strength))


def _nobody(salt: str) -> Token:
    """Owner of a correction without identifiers; ingest would give it that of the event it corrects."""
    return token("nobody", "", salt)
