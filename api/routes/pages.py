"""The pages that come along, and the list of operations. Nothing is fetched from anywhere else."""

from html import escape
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from api.openapi import ROLES_KEY
from api.problems import Problem

router = APIRouter(include_in_schema=False)

FOLDER: Final = Path(__file__).parents[1] / "pages"
KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@router.get("/")
def home() -> Response:
    return _page("index.html")


@router.get("/pages/{name}")
def page(name: str) -> Response:
    return _page(name)


@router.get("/docs")
def docs(request: Request) -> Response:
    return Response(_docs(request.app.openapi()), media_type=KINDS[".html"], headers=_HEADERS)


_HEADERS: Final = {"Content-Security-Policy": POLICY}


def _page(name: str) -> Response:
    """A file of the folder itself, by its exact name."""
    found = {file.name: file for file in FOLDER.iterdir() if file.suffix in KINDS} if FOLDER.is_dir() else {}
    if name not in found:
        raise Problem(404, "not_found")
    return Response(found[name].read_bytes(), headers=_HEADERS, media_type=KINDS[found[name].suffix])


def _docs(description: dict[str, Any]) -> str:
    rows = [
        _row(method, path, operation)
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
    ]
    return _DOCS.format(title=escape(description["info"]["title"]), rows="\n".join(rows))


def _row(method: str, path: str, operation: dict[str, Any]) -> str:
    roles = operation.get(ROLES_KEY)
    cells = [
        f"<code>{escape(method.upper())} {escape(path)}</code>",
        escape(operation.get("summary", "")),
        escape(", ".join(one["name"] for one in operation.get("parameters", ()))),
        "public" if roles is None else escape(", ".join(roles)),
        escape(", ".join(operation["responses"])),
    ]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


_DOCS: Final = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/pages/docs.css"></head>
<body>
<h1>{title}</h1>
<p>The full description, for tools: <a href="/openapi.json">/openapi.json</a>.
The schemas of events: <code>/v1/schemas</code>.</p>
<table>
<thead><tr><th>call</th><th>does</th><th>parameters</th><th>roles</th><th>answers</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</body>
</html>
"""
