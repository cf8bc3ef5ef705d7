"""A file of identity rules, read and checked. What may stand in it is told in docs/identity.md."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from klantbeeld.domain.identity.rules import BadRules, Rules, rules_from
from klantbeeld.ingest.rules import in_normal_form, version_of
from services.imports.problems import MappingError
from services.imports.tree import read_tree

NAME = "identity.yaml"
"""What the file is called in the folder of rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesFile:
    """`document` goes into the event; `version` is the file's, else it follows from the document."""

    document: dict[str, Any]
    version: str
    named: bool

    @property
    def rules(self) -> Rules:
        return rules_from(self.document)


def read(path: Path, region: str) -> RulesFile:
    """The rules in this file; `region` is where its telephone numbers without a country are. Raises `BadRules`."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise BadRules(str(path), "cannot be read as a text file") from None
    plain = _plain(text)
    version = plain.pop("version", None)
    if version is not None and not _names_a_version(version):
        raise BadRules("version", "must be a number, or a text of at most 128 characters")
    document = in_normal_form(plain, region)
    named = version is not None
    return RulesFile(document=document, version=str(version) if named else version_of(document), named=named)


def _plain(text: str) -> dict[str, Any]:
    try:
        found = read_tree(text).plain()
    except MappingError as problem:
        if problem.code == "mapping_empty":
            return {}
        raise BadRules("rules", problem.detail) from None
    if not isinstance(found, dict):
        raise BadRules("rules", "must map names to values")
    return found


def _names_a_version(version: Any) -> bool:
    if isinstance(version, str):
        return 0 < len(version) <= 128 and version.isprintable()
    return isinstance(version, int) and not isinstance(version, bool)
