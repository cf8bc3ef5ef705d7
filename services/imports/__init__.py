"""History from files: desk exports as CSV by a mapping file, and mail as .mbox or .eml.

An import turns files into events and hands them to a `Sink`; it knows nothing of how they are stored. What a
mapping file may say is in docs/imports.md.
"""

from services.imports.csv_import import import_csv
from services.imports.formats import FORMATS, Format, format_named, run_import
from services.imports.mail_import import import_mail
from services.imports.mail_owner import OwnSide
from services.imports.mapping import Mapping, load_mapping
from services.imports.problems import ImportFailed, MappingError
from services.imports.progress import NO_PROGRESS, Progress, progress_on
from services.imports.report import Report
from services.imports.sink import Result, Sink
from services.imports.state import ResumeFolder, ResumeState

__all__ = [
    "FORMATS",
    "NO_PROGRESS",
    "Format",
    "ImportFailed",
    "Mapping",
    "MappingError",
    "OwnSide",
    "Progress",
    "Report",
    "Result",
    "ResumeFolder",
    "ResumeState",
    "Sink",
    "format_named",
    "import_csv",
    "import_mail",
    "load_mapping",
    "progress_on",
    "run_import",
]
