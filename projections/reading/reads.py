"""All reads in one place: what the API calls. Each call takes one connection for as long as it needs it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from klantbeeld.domain.identity import Rules
from klantbeeld.domain.times import to_text
from klantbeeld.log.port import EventLog, KeyStore, LogUnavailable
from klantbeeld.log.postgres.database import Connection, Database
from klantbeeld.log.sealing import Names
from klantbeeld.log.sql import load
from klantbeeld.signal import Signal
from projections.reading import brief as briefs
from projections.reading import changes, found, lists, timeline, timeline_then
from projections.reading.as_of import Moment, Then, as_of
from projections.reading.cursors import Cursors
from projections.reading.customers import Found, Who, gone, look_up, who_is, who_owns
from projections.reading.freshness import Resolve, freshness, known_until, wait_for
from projections.reading.lists import QueueFilters
from projections.reading.problems import NotYetKnown, SharedIdentifier, UnknownCustomer, UnknownEntity
from projections.reading.processing import Progress, progress
from projections.reading.proven import merely_stated
from projections.reading.shapes import Shapes, Shown
from projections.reading.silence import Silence
from projections.reading.timeline import Filters
from projections.reading.titles import heard
from projections.search import port as searching
from projections.search.outside import Reader
from projections.search.postgres import PostgresSearch

SQL = load(__package__, "queries.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """Safe for threads. `clock` gives the moment at which verdicts are asked; `index_for` the search index
    in PostgreSQL, `outside` one outside of it; `resolve` the places in the log of what was accepted without one; `ends`
    the log's ends, where they can be had quicker than from the log.
    """

    database: Database
    names: Names
    keys: KeyStore
    log: EventLog
    rules: Rules
    moved: Signal
    cursors: Cursors
    clock: Callable[[], datetime]
    index_for: Callable[[Connection], searching.SearchIndex] = PostgresSearch
    outside: Reader | None = None
    resolve: Resolve = lambda wanted: wanted
    ends: Callable[[], Mapping[int, int]] | None = None
    silence: Silence = field(default_factory=lambda: Silence(lambda: datetime.now(UTC)))

    def wait_for(self, wanted: Mapping[int, int], processor: str = "timeline") -> None:
        """Wait, at most 5 s, until these positions are visible. Raises `NotYetVisible`."""
        wait_for(self.database, self.moved, wanted, processor, resolve=self.resolve)
        if self.outside and processor == "search":
            self.outside.refresh()

    def lookup(self, identifiers: Sequence[tuple[str, str]]) -> Found:
        """By normalised identifiers. Raises `UnknownCustomer`."""
        tokens = self.keys.find(identifiers)
        with self.database.snapshot() as connection:
            found = look_up(connection, tokens)
            return replace(
                found, stated=bool(found.who and merely_stated(connection, found.who, found.asked))
            )

    def brief(self, customer_id: str, moment: Moment | None = None, language: str = "nl") -> dict[str, Any]:
        """Raises `UnknownCustomer`, `Redirected`, `SharedIdentifier`, `NotYetKnown`."""
        with self.database.snapshot() as connection:
            if moment:
                return self._brief_then(connection, customer_id, moment, language)
            return self._brief(connection, who_is(connection, customer_id), language)

    def brief_of(self, who: Who, language: str = "nl") -> dict[str, Any]:
        with self.database.snapshot() as connection:
            return self._brief(connection, who, language)

    def timeline(
        self,
        customer_id: str,
        filters: Filters,
        *,
        cursor: str | None = None,
        limit: int = 50,
        language: str = "nl",
        moment: Moment | None = None,
    ) -> dict[str, Any]:
        """Raises what `brief` raises, and `BadCursor`."""
        with self.database.snapshot() as connection:
            if moment:
                return self._timeline_then(connection, customer_id, filters, moment, cursor, limit, language)
            who = who_is(connection, customer_id)
            page = timeline.page(
                connection,
                self.names,
                self.cursors,
                who.tokens,
                filters,
                cursor=cursor,
                limit=limit,
                language=language,
            )
            return {**page, "freshness": self._fresh(connection, who.tokens)}

    def listed(
        self, customer_id: str, kind: str, *, cursor: str | None = None, limit: int = 50
    ) -> dict[str, Any]:
        """A customer's entities of one kind, newest first. Raises what `timeline` raises."""
        with self.database.snapshot() as connection:
            who = who_is(connection, customer_id)
            page = lists.of_kind(
                connection, self._shapes(), self.cursors, who.tokens, kind, cursor=cursor, limit=limit
            )
            return {**page, "freshness": self._fresh(connection, who.tokens)}

    def one(self, kind: str, id_: str) -> dict[str, Any]:
        """One entity with its customer and freshness. Raises `UnknownEntity`."""
        with self.database.snapshot() as connection:
            return self._one(connection, kind, id_)

    def raw(self, kind: str, id_: str) -> Shown:
        """One entity as it is folded. Raises `UnknownEntity`."""
        with self.database.snapshot() as connection:
            return lists.one_of(connection, kind, id_)

    def target(self, kind: str, id_: str) -> changes.Target:
        """One entity as a command needs it. Raises `UnknownEntity`."""
        with self.database.snapshot() as connection:
            return changes.target(connection, kind, id_)

    def last_change(self, kind: str, id_: str) -> changes.Change | None:
        """Who changed an entity last, and when."""
        with self.database.snapshot() as connection:
            return changes.last_change(connection, kind, id_)

    def search(
        self, query: str, filters: searching.Filters, *, cursor: str | None = None, limit: int = 20
    ) -> dict[str, Any]:
        """Raises `projections.search.port.BadCursor`, `SearchAway`."""
        page = self.outside.search(query, filters, cursor=cursor, limit=limit) if self.outside else None
        with self.database.snapshot(bitmaps=True) as connection:
            if page is None:
                page = self.index_for(connection).search(query, filters, cursor=cursor, limit=limit)
            return {
                "items": found.items(connection, page.hits),
                "next_cursor": page.next_cursor,
                "freshness": self._fresh(connection, []),
            }

    def conversation(
        self, id_: str, *, cursor: str | None = None, limit: int = 50, language: str = "nl"
    ) -> dict[str, Any]:
        """A conversation with a page of its messages. Raises `UnknownEntity`, `BadCursor`."""
        with self.database.snapshot() as connection:
            shape = self._one(connection, "conversation", id_)
            page = lists.messages(
                connection, self.cursors, id_, cursor=cursor, limit=limit, language=language
            )
        return {**shape, "message_count": shape["messages"], "messages": page}

    def interaction(self, id_: str) -> dict[str, Any]:
        """Source, id, owner and places of an interaction's first entry. Raises `UnknownEntity`."""
        with self.database.snapshot() as connection:
            row = connection.execute(SQL["interaction_entries"], {"id": id_}).fetchone()
        if row is None:
            raise UnknownEntity
        key, type_, source, event_id, owner, first_owner, conversation, interaction, _, data = row
        named = heard(data).interaction_id
        return {
            "event_id": key,
            "type": type_,
            "external_id": named or f"{source} {event_id}",
            "owner": owner,
            "first_owner": first_owner,
            "conversation_id": conversation,
            "interaction_id": interaction,
        }

    def identifier(self, token: str) -> tuple[str, str] | None:
        """Type and value of a token, if it is known."""
        with self.database.snapshot() as connection:
            row = connection.execute(SQL["heads"], {"tokens": [token]}).fetchone()
        return (row[1], row[2]) if row else None

    def who(self, customer_id: str) -> Who:
        """Raises `UnknownCustomer`, `Redirected`, `SharedIdentifier`."""
        with self.database.snapshot() as connection:
            return who_is(connection, customer_id)

    def who_owns(self, token: str) -> Who | None:
        """The customer of an identifier's token, if it has one."""
        with self.database.snapshot() as connection:
            row = connection.execute(SQL["heads"], {"tokens": [token]}).fetchone()
            return who_owns(connection, row[3]) if row and row[3] else None

    def queue(self, filters: QueueFilters, *, cursor: str | None = None, limit: int = 50) -> dict[str, Any]:
        """Raises `BadCursor`."""
        with self.database.snapshot() as connection:
            page = lists.queue(connection, self._shapes(), self.cursors, filters, cursor=cursor, limit=limit)
            return {**page, "freshness": self._fresh(connection, [])}

    def queue_counts(self) -> dict[str, Any]:
        with self.database.snapshot() as connection:
            counts = lists.queue_counts(connection, self.clock())
            return {**counts, "freshness": self._fresh(connection, [])}

    def processing(self) -> list[Progress]:
        """How far each processor has come. Raises `LogUnavailable`."""
        ends: Mapping[int, int] = {}
        with suppress(LogUnavailable):  # what came in since Kafka went away waits in the spool
            ends = (self.ends or self.log.ends)()
        with self.database.snapshot() as connection:
            return progress(connection, ends)

    def processed(self) -> Mapping[int, int]:
        """For each partition the position that every processor has come to. Raises `LogUnavailable`."""
        with self.database.connection() as connection:
            return dict(connection.execute(SQL["processed"]).fetchall())

    def freshness(self) -> dict[str, Any]:
        """Of everything. Raises `LogUnavailable`."""
        with self.database.snapshot() as connection:
            return self._fresh(connection, [])

    def _fresh(self, connection: Connection, tokens: Iterable[str]) -> dict[str, Any]:
        return freshness(connection, tokens, self.silence.now(connection))

    def _one(self, connection: Connection, kind: str, id_: str) -> dict[str, Any]:
        found = lists.one_of(connection, kind, id_)
        shape = lists.with_waiting(connection, self._shapes(), [found]).of(found)
        fresh = self._fresh(connection, [found.owner])
        return {**shape, **self._whose(connection, found), "freshness": fresh}

    def _shapes(self, now: datetime | None = None) -> Shapes:
        return Shapes(self.names, now or self.clock())

    def _brief(self, connection: Connection, who: Who, language: str) -> dict[str, Any]:
        shapes = Shapes(self.names, self.clock(), language=language)
        material = briefs.gather(connection, who, shapes.now)
        shapes = lists.with_waiting(connection, shapes, material.open)
        return briefs.brief(who, material, shapes, self._fresh(connection, who.tokens))

    def _brief_then(
        self, connection: Connection, customer_id: str, moment: Moment, language: str
    ) -> dict[str, Any]:
        then = self._then(connection, customer_id, moment)
        material = then.material(moment.at)
        waiting = frozenset(
            one.id for one in material.open if one.kind == "conversation" and one.state.status == "waiting"
        )
        shapes = Shapes(self.names, moment.at, waiting, language)
        return {**briefs.brief(then.who, material, shapes, _as_asked(moment))}

    def _timeline_then(
        self,
        connection: Connection,
        customer_id: str,
        filters: Filters,
        moment: Moment,
        cursor: str | None,
        limit: int,
        language: str,
    ) -> dict[str, Any]:
        bound = {**filters.key(), "as_of": to_text(moment.at), "basis": moment.basis}
        start = self.cursors.read(cursor, bound, int)[1] if cursor else 0
        then = self._then(connection, customer_id, moment)
        events = [event for event in then.entries() if timeline_then.wanted(event, filters, self.names)]
        shown = [timeline_then.row(event, self.names, then) for event in events[start : start + limit]]
        more = start + limit < len(events)
        return {
            "items": timeline.entries(connection, shown, language, timeline_then.states(then, self.names)),
            "next_cursor": self.cursors.make(start + limit, bound) if more else None,
            "prev_cursor": self.cursors.make(max(0, start - limit), bound) if start else None,
            "freshness": _as_asked(moment),
        }

    def _then(self, connection: Connection, customer_id: str, moment: Moment) -> Then:
        if moment.at > known_until(connection):
            raise NotYetKnown
        row = connection.execute(SQL["customer"], {"id": customer_id}).fetchone()
        if row is None:
            raise gone(connection, customer_id)
        try:
            return as_of(connection, self.names, self.log, self.keys, self.rules, row[0], moment)
        except UnknownCustomer:
            if row[3] is None and row[4]:
                raise SharedIdentifier([]) from None
            raise

    def _whose(self, connection: Connection, found: Shown) -> dict[str, Any]:
        row = connection.execute(SQL["heads"], {"tokens": [found.owner]}).fetchone()
        head = row[3] if row else None
        return {"customer_id": Who(head, ()).customer_id if head else None}


def _as_asked(moment: Moment) -> dict[str, Any]:
    return {"as_of": to_text(moment.at), "lag_ms": 0, "incomplete": []}
