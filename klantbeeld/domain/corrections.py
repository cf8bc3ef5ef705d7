"""What an `event.corrected` does to the event that it names. Finding the two is the caller's.

Of several corrections of one event the last in fold order decides. When the event's type refuses its
data, the event stays as it was recorded. A correction of another correction, or of an event that only the
system sends, has no effect.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from klantbeeld.domain.events.catalogue import CATALOGUE
from klantbeeld.domain.events.event import Event
from klantbeeld.domain.events.system import EventCorrected
from klantbeeld.domain.problems import Invalid

Named = tuple[str, str]
Decode = Callable[[str, int, Mapping[str, Any]], Any]
"""Typed data from the name of an event type, a version and plain data. Raises `Invalid`."""


def names_target(event: Event) -> Named | None:
    """(source, id) of the event that this one corrects; None for every other type."""
    data = event.data
    return (data.event.source, data.event.id) if isinstance(data, EventCorrected) else None


def last_corrections(events: Iterable[Event]) -> dict[Named, Event]:
    """For each event that is corrected the correction that decides."""
    last: dict[Named, Event] = {}
    for event in events:
        target = names_target(event)
        if target is not None and (target not in last or event.order > last[target].order):
            last[target] = event
    return last


def corrected(target: Event, correction: Event, decode: Decode) -> Event:
    """The event with the correction's data as a whole; its key, place and times stay.

    A correction with identifiers also says anew who the event is about; one without leaves that as it was.
    """
    event_type = CATALOGUE[target.type]
    if event_type.reserved or not event_type.about_customer:
        return target
    plain = _with_identifiers(correction.data.data, target)
    try:
        data = decode(target.type, target.version, plain)
    except Invalid:
        return target
    changed = replace(target, data=data, raw_data=canonical_json(plain))
    if not correction.identifiers:
        return changed
    return replace(changed, identifiers=correction.identifiers, owner=correction.owner)


def canonical_json(value: Any) -> bytes:
    """One text for equal values: keys sorted, no white space, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _with_identifiers(plain: Mapping[str, Any], target: Event) -> dict[str, Any]:
    if plain.get("identifiers"):
        return dict(plain)
    given = target.data.identifiers
    as_plain = [{"type": one.type, "value": one.value, "strength": one.strength} for one in given]
    return {**plain, "identifiers": as_plain}
