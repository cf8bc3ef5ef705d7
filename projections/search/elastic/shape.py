"""A document as it lies in Elasticsearch: folded here, so that every server finds the same, whatever it was built with.

A deleted document leaves a tombstone without anybody's data: Elasticsearch forgets the version of what it deletes after a
minute, and a write that comes late would bring it back.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any, Final

from projections.search.indexing import TITLE, fields
from projections.search.port import Document
from projections.search.query import LONGEST_NAME, folded_name
from projections.search.resemblance import ALIKE, trigrams

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

SHARED: Final = 133
TOGETHER: Final = 33
"""A word resembles a stretch of a name when `shared / (asked + own - shared) >= 0.33`, in trigrams, which is
`133 * shared >= 33 * (asked + own)`: whole numbers, so that nothing is rounded."""
assert SHARED - 100 == TOGETHER == round(ALIKE * 100)

ROOM: Final = 128
"""More trigrams than any stretch has that could resemble a word."""
MOST_TRIGRAMS: Final = 100 * (LONGEST_NAME + 1) // TOGETHER

Source = dict[str, Any]
Body = Mapping[str, Any]


def template(*, dutch: bool) -> dict[str, Any]:
    """Settings and mapping of an index. `dutch`: the server has the Dutch analyser.

    What that makes of a text only moves a hit up where its words stand together, inflected or not; it finds nothing
    that would not be found without it.
    """
    loaded: dict[str, Any] = json.loads(files(__package__).joinpath("template.json").read_bytes())
    if dutch:
        properties = loaded["mappings"]["properties"]
        properties["dutch"] = {"type": "text", "analyzer": "dutch", "norms": False}
        for name in ("title", "body"):
            properties[name]["copy_to"] = "dutch"
    return loaded


def source(document: Document) -> Source:
    """What is stored of a document, apart from its version."""
    found = list(fields(document))
    return {
        "id": document.id,
        "kind": document.kind,
        "owner": document.owner,
        "entity_id": document.entity_id,
        "occurred_at": micros(document.occurred_at),
        "channel": document.channel,
        "title": document.title,
        "body": document.body,
        "names": document.names,
        "words": [" ".join(words) for words, _, _ in found],
        "heading": [" ".join(words) for words, _, weight in found if weight == TITLE],
        "stretches": list(_stretches(folded_name(document.names))),
        "deleted": False,
    }


def tombstone(id_: str, at: datetime) -> Source:
    return {"id": id_, "deleted": True, "deleted_at": micros(at)}


def micros(at: datetime) -> int:
    """Microseconds since 1970: a date of Elasticsearch would drop the last three digits."""
    return (at - _EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    """The other way round. Raises `OverflowError`."""
    return _EPOCH + value * _MICROSECOND


def _stretches(name: str) -> Iterator[Source]:
    """The trigrams of all words in a row that the name has, each set once."""
    parts = name.split()
    seen: set[frozenset[str]] = set()
    for start in range(len(parts)):
        for end in range(start + 1, len(parts) + 1):
            found = trigrams(" ".join(parts[start:end]))
            if len(found) > MOST_TRIGRAMS:
                break
            if found not in seen:
                seen.add(found)
                yield {"trigrams": sorted(found), "room": TOGETHER * (ROOM - len(found))}
