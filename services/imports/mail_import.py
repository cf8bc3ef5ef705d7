"""Imports mail."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from services.imports.engine import Run
from services.imports.mail_events import mail_outcome
from services.imports.mail_files import Mail, mail_files, mails_in
from services.imports.mail_owner import OwnSide
from services.imports.progress import NO_PROGRESS, Progress
from services.imports.rejects import NoRejects, Rejects, RejectsFile
from services.imports.report import Report
from services.imports.sink import Sink
from services.imports.state import ResumeState, fingerprint_of
from services.imports.units import Outcome, Rejected, Skipped, Unit

VERSION = "mail-1"
NOBODY = OwnSide()


def import_mail(
    paths: Sequence[Path],
    sink: Sink,
    *,
    own: OwnSide = NOBODY,
    progress: Progress = NO_PROGRESS,
    state: ResumeState | None = None,
    rejects_path: Path | None = None,
) -> Report:
    """Each mail is one row of the report. As `import_csv`: blocks, resumes, may be repeated."""
    source = MailSource(paths, own)
    rejects: Rejects = RejectsFile(rejects_path) if rejects_path else NoRejects()
    try:
        return Run(source, sink, progress=progress, rejects=rejects, state=state).go()
    finally:
        rejects.close()


class MailSource:
    def __init__(self, paths: Sequence[Path], own: OwnSide) -> None:
        self._own = own
        self._files = mail_files(list(paths))
        self._chosen = set(paths)
        self.total_bytes = sum(path.stat().st_size for path in self._files)
        self.fingerprint = fingerprint_of(self._files, VERSION + own.described())
        self._finished_bytes = 0

    def units(self) -> Iterator[Unit]:
        """A mail's place is its line in a mailbox, or its number in an archive."""
        for number, path in enumerate(self._files, 1):
            with path.open("rb") as file:
                for mail in mails_in(file, str(path), chosen=path in self._chosen):
                    digest = hashlib.sha256(mail.raw).digest()[:16] if mail.raw is not None else None
                    yield Unit(number, mail.line, digest, mail)
            self._finished_bytes += path.stat().st_size

    def convert(self, unit: Unit) -> Outcome:
        mail: Mail = unit.payload
        if mail.raw is None:
            return Skipped(mail.why) if mail.why == "no_mail" else Rejected(mail.why)
        return mail_outcome(mail.raw, mail.envelope, self._own)

    def cells(self, unit: Unit) -> Sequence[str]:
        """A mail is too long for a line of the rejects file: its place has to do."""
        return ()

    def bytes_read(self) -> int:
        return self._finished_bytes
