"""A whole installation that searches by Elasticsearch, for tests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from projections.fence import Processor, apply_batch
from projections.search.elastic.engine import ElasticEngine
from projections.search.port import Hit
from projections.search.processor import SearchProcessor
from projections.timeline import TimelineProcessor
from tests.domain.building import ANNEMIEK, cloud
from tests.projections.installation import RULES, Cloud, Installation


def said(at: float, text: str, interaction: str = "m:1") -> Cloud:
    content = {"channel": "email", "direction": "inbound", "interaction_id": interaction, "text": text}
    return cloud("interaction.recorded", at, ANNEMIEK, **content)


@dataclass(slots=True)
class Outside(Installation):
    engine: ElasticEngine = field(kw_only=True)

    def processors(self) -> list[Processor]:
        return [
            TimelineProcessor(self.names, self.keys, RULES, sole=True),
            SearchProcessor(self.engine),
        ]

    @property
    def search(self) -> SearchProcessor:
        found = self.running[1]
        assert isinstance(found, SearchProcessor)
        return found

    def settle_timeline(self, *clouds: Cloud) -> None:
        """Search stays behind."""
        self.post(clouds)
        both, self.running = self.running, self.running[:1]
        self.settle()
        self.running = both

    def step_search(self) -> None:
        """As a worker does: wait until there is an index, then take what the timeline has passed."""
        while not (limit := self.search.limit(self.connection, 0)):
            pass
        position = self.position("search")
        if records := self.log.read(0, position, limit - position):
            with self.connection.transaction():
                apply_batch(self.connection, self.search, 0, self.log.log_id(), records)

    def hits(self, query: str) -> list[Hit]:
        self.engine.reader.refresh()
        return list(self.engine.reader.search(query, limit=100).hits)

    def titles(self, query: str) -> list[str]:
        return sorted(hit.title for hit in self.hits(query))


@contextmanager
def searching(engine: ElasticEngine, query: str) -> Iterator[list[int]]:
    """Somebody searches all the time; the numbers of hits, when it is over."""
    numbers: list[int] = []
    failures: list[Exception] = []
    ended = threading.Event()

    def search() -> None:
        while not ended.is_set():
            try:
                numbers.append(len(engine.reader.search(query, limit=100).hits))
            except Exception as error:
                failures.append(error)

    thread = threading.Thread(target=search)
    thread.start()
    try:
        yield numbers
    finally:
        ended.set()
        thread.join()
    assert not failures, failures[0]
