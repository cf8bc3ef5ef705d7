"""What a pair of identifiers is called outside: an opaque, URL-safe text that leads back to the pair without a table.

It is made of both identifiers' public customer ids, in token order, so a rebuild gives the same.
"""

import base64
import binascii
import uuid
from collections.abc import Iterable, Mapping

from klantbeeld.domain.events.event import Token
from klantbeeld.domain.identity import customer_id
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sql import load
from projections.reading.problems import UnknownLink

SQL = load(__package__, "identity.sql")
Pair = tuple[Token, Token]


def pair_of(one: Token, other: Token) -> Pair:
    return (one, other) if one <= other else (other, one)


def link_id(one: Token, other: Token) -> str:
    """43 characters; the same whichever of the two comes first."""
    raw = b"".join(uuid.UUID(customer_id(token)).bytes for token in pair_of(one, other))
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read(connection: Connection, text: str) -> Pair:
    """The pair that the text names. Raises `UnknownLink`."""
    ids = _ids(text)
    known: Mapping[str, Token] = dict(_tokens(connection, ids))
    if len(known) != 2:
        raise UnknownLink
    first, second = (known[id_] for id_ in ids)
    return pair_of(first, second)


def _tokens(connection: Connection, ids: Iterable[str]) -> Iterable[tuple[str, Token]]:
    return ((row[0], row[1]) for row in connection.execute(SQL["tokens_of"], {"ids": list(ids)}))


def _ids(text: str) -> tuple[str, str]:
    try:
        raw = base64.b64decode(f"{text}=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnknownLink from error
    if len(raw) != 32:
        raise UnknownLink
    return str(uuid.UUID(bytes=raw[:16])), str(uuid.UUID(bytes=raw[16:]))
