"""Elasticsearch: the cluster, the index, and whether about as much is in it as PostgreSQL lets expect."""

import re
from collections.abc import Iterator
from typing import Any, Final

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from klantbeeld.doctor.database import SQL
from klantbeeld.doctor.findings import Finding, fail, ok, warn
from klantbeeld.log.postgres.database import Connection
from klantbeeld.settings import Settings

MAJOR: Final = 9
ANSWERS_WITHIN: Final = 5.0
SLACK: Final = 100
"""Documents that may be under way."""


def examine_search(settings: Settings, connection: Connection | None, prefix: str) -> Iterator[Finding]:
    """`connection`: to the read models; None where there are none. `prefix` begins the names of the index."""
    client = Elasticsearch(
        settings.elasticsearch_url or "",
        request_timeout=ANSWERS_WITHIN,
        max_retries=0,
        retry_on_timeout=False,
    )
    with client:
        try:
            yield from _examined(client, connection, prefix)
        except (ApiError, TransportError) as error:
            why = error.status_code if isinstance(error, ApiError) else type(error).__name__
            yield fail(
                "elasticsearch",
                f"does not answer ({why}); search waits, and nothing else does",
                "start it, or correct KLANTBEELD_ELASTICSEARCH_URL",
            )


def _examined(client: Elasticsearch, connection: Connection | None, prefix: str) -> Iterator[Finding]:
    yield _version(client)
    yield _health(client)
    yield _dutch(client)
    if connection is not None:
        yield _index(client, connection, f"{prefix}search")


def _version(client: Elasticsearch) -> Finding:
    """Asked of the nodes: the smallest Elasticsearch has no page at `/`."""
    nodes = client.nodes.info(filter_path="nodes.*.version")["nodes"].values()
    versions = sorted({one["version"] for one in nodes})
    what = f"Elasticsearch {', '.join(versions)}, {len(nodes)} node{'s' if len(nodes) > 1 else ''}"
    if any(_major(version) != MAJOR for version in versions):
        return fail("elasticsearch", what, f"run Elasticsearch {MAJOR}")
    return ok("elasticsearch", what)


def _major(version: str) -> int:
    found = re.match(r"\d+", version)
    return int(found[0]) if found else 0


def _health(client: Elasticsearch) -> Finding:
    told = client.cluster.health()
    status, missing = told["status"], told["unassigned_shards"]
    if status == "red":
        mend = "GET _cluster/allocation/explain tells why; `klantbeeld rebuild` fills the index anew"
        return fail("search cluster", "red: parts of the index are gone", mend)
    if status == "yellow":
        mend = "let another node join, or see to the one that is down"
        return warn("search cluster", f"yellow: {missing} copies of shards have no node", mend)
    return ok("search cluster", str(status))


def _dutch(client: Elasticsearch) -> Finding:
    try:
        client.indices.analyze(analyzer="dutch", text="de")
    except ApiError as error:
        if error.status_code >= 500:
            raise
        return ok("dutch analyser", "not there: words that stand together in other forms rank no higher")
    return ok("dutch analyser", "there")


def _index(client: Elasticsearch, connection: Connection, alias: str) -> Finding:
    name, mend = "search index", "`klantbeeld rebuild` makes it anew, also while it serves"
    row = connection.execute(SQL["generation"]).fetchone()
    if row is None:
        return ok(name, "not made yet: the first event makes it")
    (wanted,) = row
    if not client.indices.exists(index=wanted):
        return fail(name, f"{wanted} is gone", mend)
    if not client.indices.exists_alias(name=alias, index=wanted):
        return fail(name, f"the alias {alias} does not lead to {wanted}", mend)
    held = client.count(index=wanted, query={"term": {"deleted": False}})["count"]
    return count_of_documents(wanted, int(held), _expected(connection))


def _expected(connection: Connection) -> tuple[int, int]:
    """The fewest and the most documents that follow from the read models."""
    row: Any = connection.execute(SQL["documents"]).fetchone()
    things, people = row
    return things, things + people


def count_of_documents(index: str, held: int, expected: tuple[int, int]) -> Finding:
    """How many there are exactly only `klantbeeld verify` works out."""
    fewest, most = expected
    what = f"{index}, {held:,} documents"
    if fewest - SLACK <= held <= most + SLACK:
        return ok("search index", what)
    return warn(
        "search index",
        f"{what}, and {fewest:,} to {most:,} are expected",
        "`klantbeeld verify` names what is missing or too much; `klantbeeld rebuild` puts it right",
    )
