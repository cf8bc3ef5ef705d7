"""Keeps the stored suggestions up to date with the read models, in steps that are short, and repeatable at any point.

Who may have changed is due. Who is due is described: blocking keys and terms follow from the description, and are stored
as keyed hashes. Whose description changed is compared with everybody in the same blocks. Once there are half as many
people again as when the weights were estimated, they are estimated anew and all are compared anew. A slow round over
everybody, from time to time, finds what no event told of: corrections, identifiers told of later, people who are gone.
"""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import Final

import msgspec

from klantbeeld.domain.events.event import Token
from klantbeeld.log.postgres.database import (
    SUGGESTIONS_LOCK,
    Connection,
    Database,
    array_literal,
    copy_rows,
    held_epoch,
)
from klantbeeld.log.sealing import Names
from klantbeeld.log.sql import load
from projections.suggestions.blocking import LARGEST_BLOCK
from projections.suggestions.commonness import EXPECTED, Statistics
from projections.suggestions.descriptions import Description
from projections.suggestions.hashing import Hashed
from projections.suggestions.listing import refresh
from projections.suggestions.people import People
from projections.suggestions.scoring import Compared, Score, Scorer, strangers
from projections.suggestions.weights import Weights

SQL = load(__package__, "queries.sql")
READ_ON: Final = 2_000
"""Positions of the log that are looked through in one step."""

DESCRIBED: Final = 200
COMPARED: Final = 10
SWEPT: Final = 500
ROUND_EVERY: Final = 600.0
"""Seconds between the beginnings of two rounds over everybody, if anything was processed meanwhile."""

GROWTH, GREW_AT_LEAST = 1.5, 50
SAMPLE, AT_ONCE = 1_000, 50
MOST_PAIRS: Final = 4_000
"""Pairs that the weights are estimated from: those of the first people, whose tokens are random."""

Pair = tuple[Token, Token]


class Computing:
    """One for a process. Several may work on one database: the steps take turns."""

    def __init__(self, database: Database, names: Names) -> None:
        self._database, self._hashed = database, Hashed(names)
        self._people = People(self._hashed)
        self._described = True
        self.compared = 0
        """How many pairs were scored up to now."""

    def step(self) -> bool:
        """Do a little, if nobody else is at it; whether there is more to do at once. Raises `LogUnavailable`."""
        with self._database.transaction() as connection:
            if not _first(connection):
                return False
            held_epoch(connection)
            steps = (self._follow, self._describe, self._estimate_if_grown, self._compare, self._sweep)
            return any(step(connection) for step in steps)

    def everything(self) -> None:
        """Describe everybody, estimate, compare everybody; each step in a transaction of its own."""
        self._alone(lambda connection: bool(connection.execute(SQL["add_all_due"])) and False)
        self._until_done(self._describe)
        self._alone(self._estimate)
        self._until_done(self._compare)

    def counts(self) -> dict[str, int]:
        """How many people were described, how many suggestions there are, and how many pairs were compared for them."""
        with self._database.connection() as connection:
            counted = {name: _count(connection, f"count_{name}") for name in ("people", "pairs")}
        return {"people": counted["people"], "compared": self.compared, "suggestions": counted["pairs"]}

    def _until_done(self, step: Callable[[Connection], bool]) -> None:
        while self._alone(step):
            pass

    def _alone(self, step: Callable[[Connection], bool]) -> bool:
        with self._database.transaction() as connection:
            connection.execute(SQL["lock"], {"lock": SUGGESTIONS_LOCK})
            held_epoch(connection)
            return step(connection)

    def _follow(self, connection: Connection) -> bool:
        """Whom events described since the last time is due; what people said of others may settle suggestions."""
        stood = {partition: place for partition, *place in connection.execute(SQL["positions"])}
        further = False
        for partition, log_id, end in connection.execute(SQL["checkpoints"]).fetchall():
            known, first = stood.get(partition, (None, 0))
            first = first if known == log_id else 0
            stop = min(end, first + READ_ON)
            if stop > first:
                values = {"partition": partition, "first": first, "stop": stop}
                tokens = [token for (token,) in connection.execute(SQL["described_between"], values)]
                connection.execute(SQL["add_due"], {"tokens": array_literal(tokens)})
                refresh(connection, [token for (token,) in connection.execute(SQL["spoken_of"], values)])
                values = {"partition": partition, "log_id": log_id, "next": stop}
                connection.execute(SQL["move_position"], values)
                further = True
        return further

    def _describe(self, connection: Connection) -> bool:
        """Bring keys and terms of some who are due up to date; forget those who are no more."""
        tokens = _due(connection, "to_describe", DESCRIBED)
        if not tokens:
            return False
        found = self._people.described(connection, tokens)
        rows = connection.execute(SQL["known"], {"tokens": array_literal(tokens)})
        known = {token: (mark, keys) for token, mark, keys in rows}
        marks = {token: self._hashed.fingerprint(one) for token, one in found.items()}
        changed = [token for token, mark in marks.items() if token not in known or known[token][0] != mark]
        gone = [token for token in tokens if token not in found]
        _forget_blocks(connection, {token: known[token][1] for token in (*changed, *gone) if token in known})
        self._keep(connection, {token: (marks[token], found[token]) for token in changed})
        connection.execute(SQL["delete_pairs"], {"tokens": array_literal(gone)})
        connection.execute(SQL["not_due"], {"tokens": array_literal(gone)})
        values = {"tokens": array_literal(found), "changed": array_literal(changed)}
        connection.execute(SQL["described"], values)
        connection.execute(SQL["settled"], values)
        self._described = True
        return True

    def _keep(self, connection: Connection, people: dict[Token, tuple[bytes, Description]]) -> None:
        keys = {token: self._hashed.keys(one) for token, (_, one) in people.items()}
        cursor = connection.cursor()
        copy_rows(cursor, SQL["copy_keys"], ((key, token) for token, own in keys.items() for key in own))
        rows = (
            (
                token,
                mark,
                array_literal(map(str, keys[token])),
                array_literal(map(str, self._hashed.terms(one))),
            )
            for token, (mark, one) in people.items()
        )
        copy_rows(cursor, SQL["copy_people"], rows)

    def _estimate_if_grown(self, connection: Connection) -> bool:
        if not self._described:
            return False
        self._described = False
        then, _ = _weighed(connection)
        if _count(connection, "count_people") < then * GROWTH + GREW_AT_LEAST and then:
            return False
        return self._estimate(connection)

    def _estimate(self, connection: Connection) -> bool:
        """Count values, estimate weights, and let everybody be compared anew."""
        connection.execute(SQL["forget_terms"])
        connection.execute(SQL["count_terms"])
        people = _count(connection, "count_people")
        looked_for, pairs = self._sample(connection)
        everybody = self._people.compared(
            connection, looked_for | {token for pair in pairs for token in pair}
        )
        scorer = Scorer(self._statistics(connection, people, everybody.values()), None, self._hashed.term)
        compared: list[Compared] = [
            (everybody[a], everybody[b], (a in looked_for) + (b in looked_for))
            for a, b in pairs
            if a in everybody and b in everybody
        ]
        apart = [everybody[token] for token in sorted(looked_for & everybody.keys())]
        scorer.learn(compared, len(looked_for), strangers(apart))
        values = {"people": people, "weights": msgspec.json.encode(scorer.weights).decode()}
        connection.execute(SQL["set_weights"], values)
        connection.execute(SQL["compare_all"])
        return people > 0

    def _sample(self, connection: Connection) -> tuple[set[Token], list[Pair]]:
        rows = connection.execute(SQL["first_people"], {"limit": SAMPLE}).fetchall()
        looked_for: set[Token] = set()
        pairs: set[Pair] = set()
        for start in range(0, len(rows), AT_ONCE):
            some = [token for (token,) in rows[start : start + AT_ONCE]]
            looked_for.update(some)
            pairs |= _candidates(connection, some)
            if len(pairs) > MOST_PAIRS:
                break
        return looked_for, sorted(pairs)

    def _statistics(
        self, connection: Connection, people: int, compared: Collection[Description]
    ) -> Statistics:
        fields = self._hashed.having(EXPECTED)
        terms = {term for one in compared for term in self._hashed.terms(one)} | fields.keys()
        rows = connection.execute(SQL["terms"], {"terms": array_literal(map(str, terms))})
        counts: dict[Hashable, int] = dict(rows.fetchall())
        having = {field: counts.get(term, 0) for term, field in fields.items()}
        return Statistics(people=people, having=having, counts=counts)

    def _compare(self, connection: Connection) -> bool:
        """Compare some who were described with everybody in their blocks, but for those whose own turn comes."""
        tokens = _due(connection, "to_compare", COMPARED)
        if not tokens:
            return False
        found = _candidates(connection, tokens)
        later = _later(connection, {token for pair in found for token in pair}.difference(tokens))
        pairs = sorted(pair for pair in found if later.isdisjoint(pair))
        everybody = self._people.compared(connection, {token for pair in pairs for token in pair})
        scorer = self._scorer(connection, everybody.values())
        scores = {
            (a, b): scorer.score(everybody[a], everybody[b], whole=False)
            for a, b in pairs
            if a in everybody and b in everybody
        }
        self.compared += len(scores)
        _put(connection, tokens, {pair: found for pair, found in scores.items() if found.suggested})
        refresh(connection, tokens)
        connection.execute(SQL["not_due"], {"tokens": array_literal(tokens)})
        return True

    def _scorer(self, connection: Connection, compared: Collection[Description]) -> Scorer:
        people, weights = _weighed(connection)
        return Scorer(self._statistics(connection, people, compared), weights, self._hashed.term)

    def _sweep(self, connection: Connection) -> bool:
        """Go on with the round over everybody, or begin one when it is time."""
        row = connection.execute(SQL["round"], {"every": ROUND_EVERY}).fetchone()
        swept, positions, is_time = row or (None, None, True)
        if swept is None:
            now = sum(end for _, _, end in connection.execute(SQL["checkpoints"]))
            if is_time and now != positions:
                connection.execute(SQL["begin_round"], {"positions": now})
            return False
        rows = connection.execute(SQL["sweep"], {"after": swept, "limit": SWEPT}).fetchall()
        tokens = [token for (token,) in rows]
        connection.execute(SQL["add_due"], {"tokens": array_literal(tokens)})
        refresh(connection, tokens)
        connection.execute(SQL["go_round"], {"swept": tokens[-1] if tokens else None})
        return False


def forget(connection: Connection, tokens: Collection[Token]) -> None:
    """Delete all that is kept of these identifiers; part of whatever transaction erases them."""
    rows = connection.execute(SQL["known"], {"tokens": array_literal(tokens)})
    _forget_blocks(connection, {token: keys for token, _, keys in rows.fetchall()})
    for query in ("delete_pairs", "not_due"):
        connection.execute(SQL[query], {"tokens": array_literal(tokens)})


def _forget_blocks(connection: Connection, keys: dict[Token, Sequence[int]]) -> None:
    if not keys:
        return
    flat = [(str(key), token) for token, own in keys.items() for key in own]
    values = {
        "keys": array_literal(key for key, _ in flat),
        "tokens": array_literal(token for _, token in flat),
    }
    connection.execute(SQL["delete_keys"], values)
    connection.execute(SQL["delete_people"], {"tokens": array_literal(keys)})


def _candidates(connection: Connection, tokens: Collection[Token]) -> set[Pair]:
    values = {"tokens": array_literal(tokens), "most": LARGEST_BLOCK}
    rows = connection.execute(SQL["neighbours"], values)
    return {
        (min(token, other), max(token, other)) for token, block in rows for other in block if other != token
    }


def _due(connection: Connection, query: str, limit: int) -> list[Token]:
    return [token for (token,) in connection.execute(SQL[query], {"limit": limit})]


def _later(connection: Connection, tokens: Collection[Token]) -> set[Token]:
    """Those of these who are still to be compared, and so will be with whoever comes first."""
    rows = connection.execute(SQL["still_due"], {"tokens": array_literal(tokens)})
    return {token for (token,) in rows}


def _weighed(connection: Connection) -> tuple[int, Weights | None]:
    """How many people there were at the last estimate, and the weights that it gave."""
    row = connection.execute(SQL["weights"]).fetchone()
    people, weights = row or (0, None)
    return people, msgspec.json.decode(weights, type=Weights) if weights else None


def _count(connection: Connection, query: str) -> int:
    row = connection.execute(SQL[query]).fetchone()
    assert row
    return int(row[0])


def _first(connection: Connection) -> bool:
    row = connection.execute(SQL["try_lock"], {"lock": SUGGESTIONS_LOCK}).fetchone()
    return bool(row and row[0])


def _put(connection: Connection, tokens: Collection[Token], found: Mapping[Pair, Score]) -> None:
    """Let these be all suggestions for these people; those that were there stay as old as they are."""
    values = {
        "tokens": array_literal(tokens),
        "a": [a for a, _ in found],
        "b": [b for _, b in found],
        "probabilities": [one.probability for one in found.values()],
        "reasons": [" ".join(one.codes) for one in found.values()],
    }
    connection.execute(SQL["keep_pairs"], values)
    connection.execute(SQL["put_pairs"], values)
