"""Invented evidence: tokens are names with a type in front (`email.anna`), moments are whole minutes."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from klantbeeld.domain.identifiers import Strength
from klantbeeld.domain.identity import (
    Evidence,
    FoldOrder,
    Known,
    Resolution,
    Rules,
    Seen,
    decision,
    default_rules,
    pairs_of,
    resolve,
    withdrawal,
)

START = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
RULES = default_rules()


def at(minute: int) -> FoldOrder:
    return START + timedelta(minutes=minute), 0, "/test", f"event-{minute:06}"


def recorded(minute: int) -> datetime:
    return START + timedelta(days=1, minutes=minute)


def known(tokens: Iterable[str], junk: Iterable[str] = ()) -> dict[str, Known]:
    """`crm-desk.7` is of type `crm:desk`."""
    junk = set(junk)
    return {
        token: Known(token=token, type=token.split(".")[0].replace("-", ":"), value=token, junk=token in junk)
        for token in tokens
    }


def seen(names: Sequence[str]) -> list[Seen]:
    """`email.anna!` is verified, `email.anna?` weak, `email.anna` asserted."""
    marks = {"!": Strength.verified, "?": Strength.weak}
    return [Seen(token=name.rstrip("!?"), strength=marks.get(name[-1], Strength.asserted)) for name in names]


def event(minute: int, *names: str) -> list[Evidence]:
    return pairs_of(seen(names), at(minute), recorded(minute))


def word(kind: Literal["link", "unlink"], minute: int, a: str, b: str) -> Evidence:
    return decision(kind, a, b, at(minute), recorded(minute))


def link(minute: int, a: str, b: str) -> list[Evidence]:
    return [word("link", minute, a, b)]


def unlink(minute: int, a: str, b: str) -> list[Evidence]:
    return [word("unlink", minute, a, b)]


def withdraw(minute: int, a: str, b: str, *taken: int) -> list[Evidence]:
    """Takes back what was said of the pair at these minutes."""
    return withdrawal(a, b, [at(one)[2:4] for one in taken], at(minute), recorded(minute))


def resolved(*parts: list[Evidence], rules: Rules = RULES, junk: Iterable[str] = ()) -> Resolution:
    evidence = [one for part in parts for one in part]
    return resolve(known({token for one in evidence for token in one.pair}, junk), evidence, rules)


def people(resolution: Resolution) -> set[frozenset[str]]:
    return set(resolution.clusters.values())


def reasons(resolution: Resolution) -> list[tuple[str, str, str]]:
    return [(*refusal.evidence.pair, refusal.reason) for refusal in resolution.refused]
