"""The formats that can be imported by name, and one way to run any of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from services.imports.csv_import import import_csv
from services.imports.mail_import import NOBODY, import_mail
from services.imports.mail_owner import OwnSide
from services.imports.mapping import load_mapping
from services.imports.problems import ImportFailed
from services.imports.progress import NO_PROGRESS, Progress
from services.imports.report import Report
from services.imports.sink import Sink
from services.imports.state import ResumeState


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A CSV format is a mapping file of its name."""

    name: str
    kind: Literal["csv", "mail"]
    what: str


FORMATS: dict[str, Format] = {
    found.name: found
    for found in (
        Format(name="boston311", kind="csv", what="service requests of the city of Boston (311)"),
        Format(name="servicenow", kind="csv", what="incident updates of a ServiceNow desk"),
        Format(name="cfpb", kind="csv", what="consumer complaints of the CFPB"),
        Format(name="mbox", kind="mail", what="a mailbox file"),
        Format(name="eml", kind="mail", what="mails as .eml: files, folders, tar or zip archives"),
    )
}


def format_named(name: str) -> Format:
    found = FORMATS.get(name)
    if found is None:
        raise ImportFailed("unknown_format", f"there is no format `{name}`; there are: {', '.join(FORMATS)}")
    return found


def run_import(
    chosen: Format | Path,
    paths: Sequence[Path],
    sink: Sink,
    *,
    own: OwnSide = NOBODY,
    progress: Progress = NO_PROGRESS,
    state: ResumeState | None = None,
    rejects_path: Path | None = None,
) -> Report:
    """`chosen` is a format, or the path of a mapping file for CSV. Raises `ImportFailed` (`MappingError`
    too)."""
    if isinstance(chosen, Format) and chosen.kind == "mail":
        return import_mail(paths, sink, own=own, progress=progress, state=state, rejects_path=rejects_path)
    mapping = load_mapping(chosen.name if isinstance(chosen, Format) else Path(chosen))
    return import_csv(mapping, paths, sink, progress=progress, state=state, rejects_path=rejects_path)
