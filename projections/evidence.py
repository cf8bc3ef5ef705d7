"""Evidence as it is stored: from and to rows, and read anew from the entries where a correction took some back."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final

from klantbeeld.domain.events.catalogue import CATALOGUE
from klantbeeld.domain.events.event import Event, FoldOrder, Identified, Token
from klantbeeld.domain.identifiers import Strength
from klantbeeld.domain.identity.evidence import Evidence, frontier, standing
from klantbeeld.domain.testimony import testimony
from klantbeeld.log.decoding import decode_data
from klantbeeld.log.postgres.database import Connection, array_literal, copied, instant
from klantbeeld.log.sql import load

SQL = load(__package__, "queries.sql")
Pair = tuple[Token, Token]
STRENGTHS: Final = {int(one): one for one in Strength}
READ: Final = 2_000
MOST_PIECES: Final = 1_000
"""Pieces of one pair that are held before those that others dominate are let go."""


def evidence_in(row: Sequence[object]) -> Evidence:
    a, b, kind, strength, occurred_at, sequence, source, id_, place, recorded_at, *taken = row
    return Evidence(
        a=a,  # type: ignore[arg-type]
        b=b,  # type: ignore[arg-type]
        kind=kind,  # type: ignore[arg-type]
        strength=STRENGTHS[strength],  # type: ignore[index]
        order=(occurred_at, sequence, source, id_, place),  # type: ignore[arg-type]
        recorded_at=recorded_at,  # type: ignore[arg-type]
        takes_back=tuple(taken) if kind == "withdrawal" else None,  # type: ignore[arg-type]
    )


def line_of(piece: Evidence) -> str:
    """The row in COPY's text format, in the order of `copy_evidence`."""
    occurred_at, sequence, source, id_, place = piece.order
    order = f"{instant(occurred_at)}\t{sequence}\t{copied(source)}\t{copied(id_)}\t{place}"
    taken = "\t".join(map(copied, piece.takes_back or ("", "")))
    said = f"{piece.a}\t{piece.b}\t{piece.kind}\t{int(piece.strength)}"
    return f"{said}\t{order}\t{instant(piece.recorded_at)}\t{taken}"


def joins(piece: Evidence) -> bool:
    """Whether it brings two identifiers together, as long as no unlink of the pair stands."""
    return piece.kind == "evidence" and piece.a != piece.b and piece.strength > Strength.weak


def apart(evidence: Iterable[Evidence]) -> set[Pair]:
    """Pairs of which a person's newest standing word is an unlink."""
    newest: dict[Pair, Evidence] = {}
    for piece in standing(list(evidence)):
        if piece.kind != "evidence" and (piece.pair not in newest or newest[piece.pair].order < piece.order):
            newest[piece.pair] = piece
    return {pair for pair, piece in newest.items() if piece.kind == "unlink"}


def told_anew(connection: Connection, pairs: Collection[Pair]) -> list[Evidence]:
    """The evidence of these pairs that the entries give as they now stand; a scan of all entries, and held are no more
    than the pieces that count. No pairs cost nothing.
    """
    found: dict[Pair, list[Evidence]] = defaultdict(list)
    wanted = set(pairs)
    for event in _telling(connection, {token for pair in wanted for token in pair}) if wanted else ():
        for piece in testimony(event):
            if piece.pair in wanted:
                found[piece.pair].append(piece)
                if len(found[piece.pair]) > MOST_PIECES:
                    found[piece.pair] = frontier(found[piece.pair])
    return [piece for pieces in found.values() for piece in frontier(pieces)]


def _telling(connection: Connection, tokens: Collection[Token]) -> Iterator[Event]:
    """Entries that name one of these, with what identity asks of an event and no more."""
    with connection.cursor(name="telling") as cursor:
        cursor.itersize = READ
        for row in cursor.execute(SQL["telling"], {"tokens": array_literal(sorted(tokens))}):
            yield _event(row)


def _event(row: Sequence[Any]) -> Event:
    key, type_, occurred_at, sequence, source, id_, recorded_at, owner, tokens, strengths, pointed, *told = (
        row
    )
    return Event(
        key=key,
        type=type_,
        order=FoldOrder(occurred_at, sequence, source, id_),
        recorded_at=recorded_at,
        owner=owner,
        identifiers=tuple(Identified(one, "", "", how) for one, how in zip(tokens, strengths, strict=True)),
        data=_told(type_, *told),
        raw_data=b"",
        pointed=pointed,
    )


def _told(type_: str, version: int, data: str | None) -> Any:
    """The data of the one type whose evidence stands in it."""
    return decode_data(data.encode(), CATALOGUE[type_], version) if data is not None else None
