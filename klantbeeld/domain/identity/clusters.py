"""The growing partition of identifiers into people. The rules of joining live in `resolution`."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from klantbeeld.domain.identity.evidence import Token


@dataclass(slots=True, kw_only=True)
class Side:
    """One cluster so far: members, whether one is verified, exclusive types, and whom to stay apart from."""

    members: list[Token]
    verified: bool
    exclusive: set[str]
    apart: set[Token] = field(default_factory=set)


class Partition:
    """Sides by member. Joining moves the smaller side into the larger, so a token moves O(log n) times."""

    def __init__(self) -> None:
        self._side: dict[Token, Side] = {}

    def add(self, token: Token, exclusive_type: str | None, verified: bool) -> None:
        exclusive = {exclusive_type} if exclusive_type else set()
        self._side[token] = Side(members=[token], verified=verified, exclusive=exclusive)

    def keep_apart(self, a: Token, b: Token) -> None:
        self._side[a].apart.add(b)
        self._side[b].apart.add(a)

    def side_of(self, token: Token) -> Side:
        return self._side[token]

    def are_apart(self, one: Side, other: Side) -> bool:
        """Whether any two members of the two sides were declared not to be one person."""
        fewer, more = sorted((one, other), key=lambda side: len(side.apart))
        return any(self._side[token] is more for token in fewer.apart)

    def join(self, one: Side, other: Side) -> None:
        smaller, larger = sorted((one, other), key=lambda side: len(side.members))
        for token in smaller.members:
            self._side[token] = larger
        larger.members += smaller.members
        larger.verified = larger.verified or smaller.verified
        larger.exclusive |= smaller.exclusive
        larger.apart |= smaller.apart

    def sides(self) -> Iterable[Side]:
        return {id(side): side for side in self._side.values()}.values()
