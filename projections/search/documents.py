"""From read-model rows to documents. A document follows from the rows as they stand, and from nothing else.

* customer: one for every identifier that a person is known by, and for every one that has a profile. Several of them
  can belong to one customer; whoever asks looks the customer up by the owner, and shows each once.
* contact: one for every conversation that counts as a contact; its texts newest first, amended texts as amended,
  removed ones not at all.
* order: what was ordered, and the parcels.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from klantbeeld.domain.conversations import ConversationState
from klantbeeld.domain.events.catalogue import CATALOGUE
from klantbeeld.domain.events.customers import Address
from klantbeeld.domain.events.event import Token
from klantbeeld.domain.identifiers import SHAREABLE, rank
from klantbeeld.domain.orders import OrderState
from klantbeeld.domain.profiles import ProfileState, display_name
from klantbeeld.domain.routing import ALONE, PARCEL
from klantbeeld.domain.times import EARLIEST
from klantbeeld.log.decoding import decode_data
from klantbeeld.log.postgres.database import Connection, array_literal
from klantbeeld.log.sql import load
from projections.entities import decoder
from projections.search.port import Document

SQL = load(__package__, "queries.sql")
MOST_TEXT: Final = 65_536
"""Characters of a contact's texts that can be searched, and are kept to show what was found."""

MOST_INTERACTIONS: Final = 500
_NEWEST_VERSION: Final = CATALOGUE["interaction.recorded"].version


class _Said(msgspec.Struct):
    """What is read of an interaction: reading all of it costs three times as much."""

    text: str | None = None
    auto: str | None = None


_said = msgspec.json.Decoder(_Said).decode


def documents(
    connection: Connection, ids: Sequence[str], tokens: Sequence[Token], version: int
) -> Iterator[Document]:
    """The documents of these conversations and orders, and of these tokens, as they stand now. Whatever has none is left
    out: it is to be deleted.
    """
    if tokens:
        for row in connection.execute(SQL["people"], {"ids": array_literal(tokens)}).fetchall():
            if (found := _customer(row, version)) is not None:
                yield found
    if ids:
        yield from _things(connection, ids, version)


def _things(connection: Connection, ids: Sequence[str], version: int) -> Iterator[Document]:
    rows = connection.execute(SQL["things"], {"ids": array_literal(ids)}).fetchall()
    texts = _texts(connection, [row[0] for row in rows if row[1] == "conversation" and row[4]])
    for id_, kind, external_id, owner, visible, sort_at, raw in rows:
        if not visible:
            continue
        if kind == "order":
            order = decoder(kind).decode(raw)
            title, body, channel = _order_title(external_id), "\n".join(_ordered(order)), order.channel
        else:
            contact = decoder(kind).decode(raw)
            title, channel = contact.subject or contact.topic or contact.channel or "", contact.channel
            body = _contact_body(contact, external_id, title, texts[id_])
        yield Document(
            id=id_,
            kind="order" if kind == "order" else "contact",
            owner=owner,
            entity_id=id_,
            occurred_at=sort_at,
            version=version,
            channel=channel,
            title=_clean(title),
            body=_clean(body),
        )


def _customer(row: Sequence[Any], version: int) -> Document | None:
    """Without a profile nothing is known but the identifier, and no time of it: such a document is as old as can be."""
    token, type_, value, junk, raw, last_at = row
    profile: ProfileState | None = decoder("profile").decode(raw) if raw is not None else None
    if profile is None and (type_ is None or junk or rank(type_) > SHAREABLE):
        return None
    shown = display_name(profile) if profile else None
    company = profile.company[0].value if profile and profile.company else None
    addresses = profile.addresses[0].value if profile and profile.addresses else ()
    names = (shown, company if company != shown else None)
    return Document(
        id=token,
        kind="customer",
        owner=token,
        entity_id=token,
        occurred_at=last_at or EARLIEST,
        version=version,
        title=_clean(shown or value or ""),
        body=_clean("\n".join(filter(None, (company, *map(_address, addresses), value)))),
        names=_clean(" ".join(filter(None, names))),
    )


def _address(address: Address) -> str:
    number = "".join(filter(None, (address.number, address.addition)))
    parts = (address.street, number, address.postal_code, address.city, *address.lines)
    return " ".join(filter(None, parts))


def _order_title(external_id: str) -> str:
    if external_id.startswith(PARCEL):
        return f"Parcel {external_id.removeprefix(PARCEL)}"
    return f"Order {external_id}"


def _ordered(order: OrderState) -> Iterator[str]:
    for line in order.lines:
        yield " ".join(filter(None, (line.name, line.sku)))
    for shipment in order.shipments:
        yield " ".join(filter(None, (shipment.tracking, shipment.carrier)))


def _contact_body(contact: ConversationState, external_id: str, title: str, texts: Iterable[str]) -> str:
    known_as = None if external_id.startswith(ALONE) else external_id
    about = (contact.topic if contact.topic != title else None, known_as)
    return "\n".join((*texts, *filter(None, about)))


def _texts(connection: Connection, conversations: Sequence[str]) -> defaultdict[str, list[str]]:
    """The texts of each conversation, newest first, as much as is kept."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    if not conversations:
        return found
    left: dict[str, int] = defaultdict(lambda: MOST_TEXT)
    told: set[str] = set()
    values = {"ids": array_literal(conversations), "most": MOST_INTERACTIONS}
    for conversation, interaction, type_, version, data, state in connection.execute(SQL["texts"], values):
        for text in _spoken(interaction, type_, version, data, state, told):
            if left[conversation] > 0:
                found[conversation].append(text[: left[conversation]])
                left[conversation] -= len(text) + 1
    return found


def _spoken(
    interaction: str | None, type_: str, version: int, data: str, state: str | None, told: set[str]
) -> Iterator[str]:
    """The text of one entry and the note of its wrap-up; what holds for the whole interaction only once."""
    said = (
        _said(data) if version == _NEWEST_VERSION else decode_data(data.encode(), CATALOGUE[type_], version)
    )
    if said.auto is not None:
        return
    if state is None or interaction is None:
        if said.text:
            yield said.text
        return
    after = decoder("interaction").decode(state)
    again = interaction in told
    told.add(interaction)
    if after.removed or (again and after.text is not None):
        return
    text = said.text if after.text is None else after.text
    if text:
        yield text
    if after.note and not again:
        yield after.note


def _clean(text: str) -> str:
    """What PostgreSQL and others can store: no NUL."""
    return text.replace("\0", " ") if "\0" in text else text
