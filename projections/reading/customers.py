"""Who an id or an identifier stands for: the customer, candidates, or a pointer to another id."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from klantbeeld.domain.identifiers import BadIdentifier, rank
from klantbeeld.domain.identity import customer_id
from klantbeeld.domain.identity.proof import unproven
from klantbeeld.domain.profiles import ProfileState, display_name, merge_all
from klantbeeld.domain.times import EARLIEST, maybe_text
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sql import load
from projections.reading.problems import Redirected, SharedIdentifier, UnknownCustomer
from projections.reading.shapes import shown

SQL = load(__package__, "queries.sql")
MOST_CANDIDATES: Final = 20
MOST_NEAR: Final = 10_000
"""Pairs of a shared identifier of either direction that a look-up reads."""
LATELY: Final = 6_000
"""Entries, over all partitions, that count as having come in lately."""
MOST_SHARED: Final = 100
NAMING: Final = ("customer_number", "email", "phone", "whatsapp")


@dataclass(frozen=True, slots=True)
class Named:
    """An identifier with its place in the world."""

    token: str
    type: str
    value: str
    head: str | None = None
    shared: bool = False
    junk: bool = False
    contested: bool = False


@dataclass(frozen=True, slots=True)
class Who:
    """One customer: the identifier that stands for them, and all identifiers."""

    head: str
    identifiers: tuple[Named, ...]

    @property
    def customer_id(self) -> str:
        return customer_id(self.head)

    @property
    def tokens(self) -> list[str]:
        return [one.token for one in self.identifiers]

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        """Type and value of all identifiers."""
        return tuple((one.type, one.value) for one in self.identifiers)

    @property
    def standing_for(self) -> tuple[str, str]:
        """Type and value of the identifier that stands for the customer."""
        return next((one.type, one.value) for one in self.identifiers if one.token == self.head)


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a look-up: one customer, or candidates to choose from.

    `asked`: those of the customer's identifiers that were asked by; `stated`: none of them is proven to be the customer's;
    `more`: there are candidates beside those listed.
    """

    who: Who | None
    candidates: list[dict[str, Any]]
    asked: tuple[str, ...] = ()
    stated: bool = False
    more: bool = False


def who_is(connection: Connection, id_: str) -> Who:
    """The customer with this id. Raises `UnknownCustomer`, `Redirected`, `SharedIdentifier`."""
    rows = connection.execute(SQL["customer"], {"id": id_}).fetchall()
    if not rows:
        raise gone(connection, id_)
    token, type_, value, head, shared, junk = rows[0][:6]
    if head is None:
        if not shared or junk:
            raise UnknownCustomer
        listed, _ = candidates(connection, [Named(token, type_, value, head, shared, junk)])
        raise SharedIdentifier(listed)
    if head != token:
        raise Redirected(customer_id(head))
    return Who(head, tuple(Named(row[6], row[7], row[8], head) for row in rows))


def gone(connection: Connection, id_: str) -> UnknownCustomer | Redirected:
    """Why nobody has this id: it never was one, or it came of an identifier that was a mistake. Then the customer of what
    was told under the mistake is meant, if that is one.
    """
    found = connection.execute(SQL["corrected_to"], {"id": id_}).fetchall()
    return Redirected(customer_id(found[0][0])) if len(found) == 1 else UnknownCustomer()


def who_owns(connection: Connection, head: str) -> Who:
    rows = connection.execute(SQL["members"], {"head": head})
    return Who(head, tuple(Named(row[0], row[1], row[2], head) for row in rows))


def look_up(connection: Connection, tokens: Sequence[str | None]) -> Found:
    """Hits on one customer decide; exclusive identifiers outrank the others; shared ones give candidates.

    `tokens`: of the identifiers asked about, in their order; None for one that was never seen.
    Raises `UnknownCustomer` when nothing is known.
    """
    known = named(connection, [token for token in tokens if token])
    useful = [one for one in known if not one.junk and (one.head or one.shared)]
    if not useful:
        raise UnknownCustomer
    hits = [one for one in useful if one.head]
    best = min((_rank(one) for one in hits), default=0)
    heads = {one.head for one in hits if _rank(one) == best}
    if len(heads) == 1:
        head = str(heads.pop())
        asked = tuple(one.token for one in hits if one.head == head)
        return Found(who_owns(connection, head), [], asked)
    listed, more = candidates(connection, useful)
    return Found(None, listed, more=more)


def named(connection: Connection, tokens: Sequence[str]) -> list[Named]:
    """What is known of these tokens, in their order."""
    rows = {row[0]: Named(*row) for row in connection.execute(SQL["heads"], {"tokens": list(tokens)})}
    return [rows[token] for token in tokens if token in rows]


def candidates(connection: Connection, asked: Sequence[Named]) -> tuple[list[dict[str, Any]], bool]:
    """Those with the newest contact of all whom these identifiers may belong to, newest first, and whether there are more.

    Whoever one of them belongs to is always among them.
    """
    owners = {one.head: one for one in asked if one.head}
    around: dict[str, Named] = {}
    for one in asked:
        for head in () if one.head else heads_around(connection, one.token):
            around.setdefault(head, one)
    others = [head for head in around if head not in owners]
    newest = last_contacts(connection, others, MOST_CANDIDATES + 1)
    matched = [*owners.items(), *((head, around[head]) for head, _ in newest)]
    listed = [_candidate(connection, head, one) for head, one in matched[:MOST_CANDIDATES]]
    listed.sort(key=lambda one: one["last_contact_at"] or "", reverse=True)
    return listed, len(matched) > MOST_CANDIDATES


def heads_around(connection: Connection, token: str) -> list[str]:
    """The customers that evidence pairs a shared identifier with; of more than `MOST_NEAR` not all."""
    values = {"token": token, "near": MOST_NEAR, "lately": LATELY}
    return [head for (head,) in connection.execute(SQL["heads_around"], values)]


def last_contacts(
    connection: Connection, heads: Sequence[str], limit: int
) -> list[tuple[str, datetime | None]]:
    """Those of these customers with the newest contact, newest first."""
    values = {"heads": heads, "limit": limit}
    return connection.execute(SQL["last_contacts"], values).fetchall() if heads else []


def shared_around(connection: Connection, tokens: Sequence[str]) -> list[Named]:
    """Shared identifiers that evidence pairs with these, a bounded number."""
    values = {"tokens": list(tokens), "limit": MOST_SHARED}
    return [Named(*row) for row in connection.execute(SQL["shared_around"], values)]


def sure_pairs(connection: Connection, tokens: Sequence[str]) -> list[tuple[str, str]]:
    """What `identity.proof.unproven` needs to know of these identifiers; nothing of one alone."""
    return connection.execute(SQL["sure"], {"tokens": tokens}).fetchall() if len(tokens) > 1 else []


def shown_name(
    profile: ProfileState, identifiers: Sequence[Named], stated: Set[str] = frozenset()
) -> str | None:
    """What to call a customer: the name, else the most telling identifier that is not merely stated."""
    name = display_name(profile)
    if name:
        return name
    by_type = {one.type: one.value for one in reversed(identifiers) if one.token not in stated}
    return next((by_type[type_] for type_ in NAMING if type_ in by_type), next(iter(by_type.values()), None))


def _candidate(connection: Connection, head: str, matched: Named) -> dict[str, Any]:
    who = who_owns(connection, head)
    profile, last_contact = _known_of(connection, who)
    named_already = display_name(profile) is not None
    unsure = set() if named_already else unproven(who.tokens, sure_pairs(connection, who.tokens))
    return {
        "customer_id": who.customer_id,
        "display_name": shown_name(profile, who.identifiers, unsure),
        "matched_on": {"type": matched.type, "value": matched.value},
        "shared": matched.shared,
        "last_contact_at": maybe_text(last_contact),
    }


def _known_of(connection: Connection, who: Who) -> tuple[ProfileState, datetime | None]:
    values = {"tokens": who.tokens, "now": EARLIEST, "kinds": ["profile"], "limit": 1}
    profiles = [shown(row).state for row in connection.execute(SQL["open_entities"], values)]
    ((_, last_contact),) = last_contacts(connection, [who.head], 1)
    return merge_all(profiles), last_contact


def _rank(one: Named) -> int:
    """Exclusive first; among the others no order."""
    try:
        return min(rank(one.type), 1)
    except BadIdentifier:
        return 1
