"""What a `rules.changed` must hold, and the form in which the rules of a file go into one."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from klantbeeld.domain.corrections import canonical_json
from klantbeeld.domain.events.system import RulesChanged
from klantbeeld.domain.identifiers import BadIdentifier
from klantbeeld.domain.identity.rules import BadRules, rules_from
from klantbeeld.domain.problems import Invalid
from klantbeeld.domain.ruling import IDENTITY
from klantbeeld.ingest.normalise import normalise


def check(data: RulesChanged, time: datetime) -> None:
    """Identity rules hold for all evidence, from their event on; so they can be used, and have no later date.

    Raises `Invalid`: `bad_rules` with the place in the document, `effective_later`.
    """
    if data.kind != IDENTITY:
        return
    if data.effective_from is not None and data.effective_from > time:
        raise Invalid(
            "effective_later", "data.effective_from", "identity rules hold from the event's time on"
        )
    try:
        rules_from(data.document)
        for type_, place, value in _junk_values(data.document):
            if _normal(type_, value, place, "NL") != value:
                raise BadRules(place, "not in its normal form; `klantbeeld rules apply` writes it so")
    except BadRules as problem:
        place = ".".join(part for part in ("data.document", problem.field) if part)
        raise Invalid(problem.code, place, problem.hint) from None


def in_normal_form(document: Mapping[str, Any], region: str) -> dict[str, Any]:
    """The document with junk values as events' identifiers are spelled. Raises `BadRules`."""
    rules_from(document)
    junk = dict(document.get("junk") or {})
    if junk.get("values"):
        found: dict[str, list[str]] = {type_: [] for type_ in junk["values"]}
        for type_, place, value in _junk_values(document):
            found[type_].append(_normal(type_, value, place, region))
        junk["values"] = {type_: sorted(set(values)) for type_, values in found.items()}
    return {**document, "junk": junk} if junk else dict(document)


def version_of(document: Mapping[str, Any]) -> str:
    """A name that follows from what the rules say."""
    return hashlib.sha256(canonical_json(document)).hexdigest()[:12]


def _junk_values(document: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    values = (document.get("junk") or {}).get("values") or {}
    return [
        (type_, f"junk.values.{type_}.{n}", one)
        for type_, listed in values.items()
        for n, one in enumerate(listed)
    ]


def _normal(type_: str, value: str, place: str, region: str) -> str:
    try:
        return normalise(type_, value, region)
    except BadIdentifier as problem:
        raise BadRules(place, problem.code) from None
