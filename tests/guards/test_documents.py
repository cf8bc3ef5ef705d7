"""Links in the documents lead somewhere."""

import re

from tests.guards.checkout import ROOT, texts

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)


def test_every_relative_link_resolves() -> None:
    dead = [f"{name}: {link}" for name, link in _links() if not _resolves(name, link)]
    assert not dead


def test_every_decision_stands_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    records = [path.name for path in folder.glob("*.md") if path.name != "README.md"]
    assert records
    assert not [name for name in records if f"({name})" not in index]


def _links() -> list[tuple[str, str]]:
    return [
        (name, link)
        for name, text in texts(".md")
        for link in LINK.findall(FENCE.sub("", text))
        if not re.match(r"[a-z]+:", link)
    ]


def _resolves(name: str, link: str) -> bool:
    target, _, anchor = link.partition("#")
    path = (ROOT / name).parent / target if target else ROOT / name
    return path.exists() and (not anchor or anchor in _anchors(path.read_text(encoding="utf-8")))


def _anchors(text: str) -> set[str]:
    headings = HEADING.findall(FENCE.sub("", text))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
