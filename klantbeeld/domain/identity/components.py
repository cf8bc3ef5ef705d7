"""Which evidence a change can touch. The walk only; where evidence lies is the caller's `fetch`.

For a resolution of the walked part to equal a resolution of everything, the caller

* keeps, for every token, the number of distinct identifiers by type that standing evidence joins directly to
  it (weak, junk and unlinked pairs do not count), brings these counts up to date with the change first, and
  takes as shared or contested every token of which `Rules.sharing` says so;
* leaves out of what `fetch` answers all that is merely asserted (`is_claim`) of a contested token: it joins
  nobody, and there may be any amount of it;
* names in `touched` every token that the change names, save for what is left out, and, when a token's sharing
  changed, every token that any evidence or link pairs it with: what it held together falls apart, or comes
  together;
* passes the shared and contested tokens met on the walk to `resolve`, and as `known` both ends of all that was
  found, and `touched` itself.
"""

from collections.abc import Callable, Iterable

from klantbeeld.domain.identity.evidence import Evidence, Token, standing


def expand(
    touched: Iterable[Token],
    fetch: Callable[[set[Token]], Iterable[Evidence]],
    blocked: Callable[[Token], bool],
) -> list[Evidence]:
    """All standing evidence of the components that `touched` lies in, refused edges included.

    `fetch` is called once a level and answers every piece, of any kind, that names one of the tokens; after
    it `blocked` must know both ends of each: true for shared and junk tokens, which are met but never walked
    through. An unlink is no way to walk, and is left out when it leads to another component; one with a blocked
    token stays, as it takes a pair from the count.
    """
    walked: set[Token] = set()
    found: dict[Evidence, None] = {}
    level = {token for token in touched if not blocked(token)}
    while level:
        walked |= level
        pieces = standing(list(fetch(level)))
        found.update(dict.fromkeys(pieces))
        ends = {token for one in pieces if one.kind != "unlink" for token in one.pair}
        level = {token for token in ends - walked if not blocked(token)}
    return [
        one
        for one in found
        if one.kind != "unlink" or all(token in walked or blocked(token) for token in one.pair)
    ]
