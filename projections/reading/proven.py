"""Which identifiers of a customer are proven to be that customer's, and which are merely stated to be.

Proven means joined by verified evidence or by a person's link, step by step. In one customer everything that was
verified is proven together: merely asserted evidence never joins two sides that are both verified. What hangs on it by
assertion only, such as a form that anybody can fill in, is stated.
"""

from collections.abc import Iterable, Set
from dataclasses import replace

from klantbeeld.domain.events.event import Token
from klantbeeld.domain.identity.proof import unproven
from klantbeeld.log.postgres.database import Connection
from klantbeeld.log.sql import load
from projections.reading.customers import Who, sure_pairs
from projections.reading.problems import UnknownCustomer

SQL = load(__package__, "identity.sql")
READ = load(__package__, "queries.sql")


def proven_with(connection: Connection, who: Who, tokens: Iterable[Token]) -> set[Token]:
    """These identifiers of one customer, and all that are proven to be the same person's."""
    members = set(who.tokens)
    found: set[Token] = set()
    level = members.intersection(tokens)
    while level:
        found |= level
        near = {row[0] for row in connection.execute(SQL["proving"], {"tokens": list(level)})}
        level = (near & members) - found
    return found


def verified(connection: Connection, tokens: Iterable[Token]) -> set[Token]:
    """Of these identifiers those that a channel or a login has attested."""
    return {row[0] for row in connection.execute(READ["verified"], {"tokens": list(tokens)})}


def stated(connection: Connection, who: Who) -> Set[Token]:
    """The identifiers of a customer that are stated, not proven; none where nothing was verified."""
    return unproven(who.tokens, sure_pairs(connection, who.tokens))


def merely_stated(connection: Connection, who: Who, asked: Iterable[Token]) -> bool:
    """Whether none of these identifiers is proven to be the customer's, though others are verified."""
    sure, mine = verified(connection, who.tokens), list(asked)
    if not sure or not sure.isdisjoint(mine):
        return False
    return sure.isdisjoint(proven_with(connection, who, mine))


def proven_part(connection: Connection, who: Who, asked: Iterable[Token]) -> Who:
    """What may be shown to somebody who has proven to own these identifiers: the customer under those that are proven
    to be theirs too. Raises `UnknownCustomer` for identifiers that are merely stated.
    """
    near, sure = proven_with(connection, who, asked), verified(connection, who.tokens)
    if not near or (sure and sure.isdisjoint(near)):
        raise UnknownCustomer
    return replace(who, identifiers=tuple(one for one in who.identifiers if one.token in near))
