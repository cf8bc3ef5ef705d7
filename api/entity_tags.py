"""Entity tags: the ETag of a single entity, If-None-Match of a read, If-Match of a command."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from fastapi import Header, Response

from api.answers import answer

IfMatch = Annotated[str | None, Header(description="The `etag` of the state that the command is about")]
IfNoneMatch = Annotated[str | None, Header(description="Entity tags of what the caller has already")]

_TAG: Final = re.compile(r'\s*(?:W/)?(?:"([^"]*)"|([^",\s]+))\s*(?:,|$)')

TAGGED: Final[dict[str, Any]] = {"ETag": {"schema": {"type": "string"}}}
UNCHANGED: Final[dict[int | str, dict[str, Any]]] = {304: {"description": "Still the same"}}


def matches(header: str, etag: str) -> bool:
    """Whether the header names this tag. Tags without quotes, or weakened on their way, will do."""
    return header.strip() == "*" or etag in _tags(header)


def tagged(content: Mapping[str, Any]) -> Response:
    """An answer with the entity's own tag as its ETag."""
    return answer(content, headers={"ETag": f'"{content["etag"]}"'})


def unchanged(etag: str) -> Response:
    return Response(status_code=304, headers={"ETag": f'"{etag}"'})


def _tags(header: str) -> Iterator[str]:
    for quoted, bare in _TAG.findall(header):
        yield quoted or bare
