"""Which identifiers of one customer are proven to be that customer's, and which are merely stated to be."""

from collections import defaultdict
from collections.abc import Collection, Iterable

Token = str


def unproven(members: Collection[Token], sure: Iterable[tuple[Token, Token]]) -> set[Token]:
    """Of one customer's identifiers those that no chain of sure pairs joins to a verified one; none where nothing was
    verified. `sure`: pairs that verified evidence or a person's link joins, and `(t, t)` for whatever was verified itself.
    """
    near: dict[Token, set[Token]] = defaultdict(set)
    verified = set()
    for a, b in sure:
        near[a].add(b)
        near[b].add(a)
        if a == b:
            verified.add(a)
    proven: set[Token] = set()
    level = verified.intersection(members)
    if not level:
        return set()
    while level:
        proven |= level
        level = {other for one in level for other in near[one]}.intersection(members) - proven
    return set(members) - proven
