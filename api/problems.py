"""Problem documents (RFC 9457), the one form of every error. No value that was sent is repeated."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from fastapi import Request, Response
from starlette.exceptions import HTTPException

from api.messages import MESSAGES, preferred
from api.system import system_of

MEDIA_TYPE: Final = "application/problem+json"
URN: Final = "urn:klantbeeld:problem:"


class Problem(HTTPException):
    """Raise it anywhere in a route. `code` has its texts in `api.messages`; `values` fill their braces.

    `message` names other texts than the code's own; `title` and `detail` go before them. `extras` are further members of
    the document.
    """

    def __init__(
        self,
        status: int,
        code: str,
        *,
        title: str | None = None,
        detail: str | None = None,
        message: str | None = None,
        extras: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> None:
        super().__init__(status, code, headers)
        self.code, self.title, self.text = code, title, detail
        self.message = message or code
        self.extras, self.values = dict(extras or {}), values

    def document(self, language: str) -> dict[str, Any]:
        """The members of the document; extras cannot replace the standard ones."""
        message = MESSAGES.get(self.message)
        title = self.title or (message.title if message else self.code.replace("_", " ").capitalize())
        text = self.text or (getattr(message, language).format(**self.values) if message else None)
        standard = {"type": URN + self.code, "title": title, "status": self.status_code, "code": self.code}
        return {**self.extras, **standard, **({"detail": text} if text else {})}


def response(request: Request, problem: Problem) -> Response:
    language = preferred(request.headers.get("accept-language"), system_of(request).settings.language)
    return Response(
        msgspec.json.encode(problem.document(language)),
        status_code=problem.status_code,
        media_type=MEDIA_TYPE,
        headers={"Content-Language": language, **(problem.headers or {})},
    )


SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong, as RFC 9457 has it. `code` is stable; further members depend on it.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "description": f"`{URN}` and the code"},
        "title": {"type": "string", "description": "in English"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {
            "type": "string",
            "description": "in the language that Accept-Language asks for: nl or en",
        },
    },
}

_CONTENT: Final = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}

_WORDS: Final[Mapping[int, str]] = {
    400: "Not readable as what is asked for",
    401: "No access token, or not a valid one",
    403: "The role may not do this",
    404: "Not known",
    405: "Not possible at this address",
    409: "Not possible in this state",
    410: "Erased",
    412: "Somebody else was first",
    413: "Too large",
    415: "Not a kind of content that is read here",
    422: "Not possible with what was sent before",
    428: "If-Match is missing",
    503: "Cannot be done now",
    504: "Not visible in time",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route: errors it may answer. 400, 401, 403 and 413 add themselves."""
    return {status: {"description": _WORDS[status], "content": _CONTENT} for status in statuses}
