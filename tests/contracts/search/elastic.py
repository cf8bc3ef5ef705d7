"""Elasticsearch as tests need it: one index for many tests, emptied quickly, in which nothing keeps anyone waiting."""

from collections.abc import Iterable, Sequence

from elasticsearch import Elasticsearch

from projections.search.elastic.client import connected
from projections.search.elastic.index import ElasticSearchIndex
from projections.search.elastic.shape import template
from projections.search.port import Document
from tests.stack import Stack


class PromptIndex(ElasticSearchIndex):
    """Whatever was written is found at once."""

    def put(self, documents: Iterable[Document]) -> None:
        super().put(documents)
        self.refresh()

    def delete(self, ids: Sequence[str], version: int) -> None:
        super().delete(ids, version)
        self.refresh()


class Elastic:
    def __init__(self, stack: Stack, prefix: str) -> None:
        self.stack, self.prefix = stack, prefix
        self.library = Elasticsearch(stack.elasticsearch_url)
        self.index = PromptIndex(connected(stack.elasticsearch_url), f"{prefix}alias")

    def emptied(self) -> PromptIndex:
        """The one index, made anew unless it holds nothing."""
        name = f"{self.prefix}documents"
        if not self.library.indices.exists(index=name) or self.library.count(index=name)["count"]:
            self.library.indices.delete(index=name, ignore_unavailable=True)
            shape = template(dutch=False)
            shape["settings"]["refresh_interval"] = "-1"
            self.library.indices.create(index=name, aliases={self.index.alias: {}}, **shape)
        return self.index
