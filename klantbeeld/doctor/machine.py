"""This machine: the settings, the data folder, the master key as it is kept, the libraries and time zones."""

import importlib.metadata
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from klantbeeld.doctor.findings import Finding, fail, ok, warn
from klantbeeld.settings import PREFIX, Settings, SettingsError, master_key
from klantbeeld.settings.key_file import FILE
from klantbeeld.unmoved import server_folder

LOW_BYTES, FEW_BYTES = 200 * 1024**2, 2 * 1024**3
HOME: Final = "Europe/Amsterdam"
HOME_OFFSETS: Final = {timedelta(hours=1), timedelta(hours=2)}
LIBRARIES: Final = {
    "KAFKA_BOOTSTRAP": ("kafka", "aiokafka", "faust"),
    "ELASTICSEARCH_URL": ("elasticsearch",),
}


def examine_machine(settings: Settings) -> Iterator[Finding]:
    yield _settings(settings)
    yield from _libraries(settings)
    yield _data_folder(settings.data_dir)
    yield disk_space(settings.data_dir, _free(settings.data_dir))
    yield _time_zone(settings.time_zone)


def _settings(settings: Settings) -> Finding:
    name = "settings"
    if settings.unknown:
        names = ", ".join(f"{PREFIX}{one}" for one in settings.unknown)
        return warn(
            name, f"no such setting: {names}", "correct the spelling (docs/settings.md), or remove it"
        )
    missing = [
        f"{PREFIX}{one}"
        for one, folder in (("SECRETS_DIR", settings.secrets_dir), ("RULES_DIR", settings.rules_dir))
        if folder and not folder.is_dir()
    ]
    if missing:
        return fail(
            name, f"{' and '.join(missing)} names no folder", "make that folder, or correct the setting"
        )
    if (settings.kafka_bootstrap is None) != (settings.elasticsearch_url is None):
        return warn(
            name,
            "only one of Kafka and Elasticsearch is set, which is not tested",
            f"set {PREFIX}KAFKA_BOOTSTRAP and {PREFIX}ELASTICSEARCH_URL, or neither",
        )
    given = [one for one, origin in settings.origins.items() if origin != "default"]
    return ok(name, f"{len(given)} set, the others as they come")


def _libraries(settings: Settings) -> Iterator[Finding]:
    wanted = {
        library
        for name, libraries in LIBRARIES.items()
        if getattr(settings, name.lower())
        for library in libraries
    }
    missing = sorted(
        library for library in wanted if library not in sys.modules and find_spec(library) is None
    )
    if missing:
        mend = "install what comes with klantbeeld[distributed]: pip install -r requirements/distributed.txt"
        yield fail("libraries", f"not installed: {', '.join(missing)}", mend)
    elif wanted:
        yield ok("libraries", ", ".join(sorted(wanted)))


def _data_folder(folder: Path) -> Finding:
    name = "data folder"
    if not folder.is_dir():
        parent = next((one for one in folder.parents if one.is_dir()), Path("/"))
        if os.access(parent, os.W_OK | os.X_OK):
            return ok(name, f"{folder} will be made at the first start")
        return fail(name, f"{folder} is absent and cannot be made", f"make it, or set {PREFIX}DATA_DIR")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return fail(name, f"{folder} cannot be written to", "make this user its owner: chown -R USER FOLDER")
    if stat.S_IMODE(folder.stat().st_mode) & stat.S_IRWXO & ~stat.S_IXOTH:
        return warn(name, f"others can read {folder}", f"chmod o-rwx {folder}")
    return ok(name, str(folder))


def _free(folder: Path) -> int:
    there = next(one for one in (folder, *folder.parents) if one.is_dir())
    return shutil.disk_usage(there).free


def disk_space(folder: Path, free: int) -> Finding:
    """`free` in bytes."""
    told = f"{free / 1024**3:,.1f} GB free at {folder}"
    mend = "make room there, or move the data folder to a larger disk"
    if free < LOW_BYTES:
        return fail("disk space", told, mend)
    return warn("disk space", told, mend) if free < FEW_BYTES else ok("disk space", told)


def _time_zone(zone: str) -> Finding:
    name = "time zones"
    try:
        source = f"tzdata {importlib.metadata.version('tzdata')}"
    except importlib.metadata.PackageNotFoundError:
        source = "those of the system"
    offsets = {
        datetime(2026, month, 1, tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset() for month in range(1, 13)
    }
    if zone == HOME and offsets != HOME_OFFSETS:
        return fail(
            name, f"{source} does not know the summer time of {zone}", "install the package tzdata anew"
        )
    return ok(name, f"{zone}, {source}")


def kept_key(settings: Settings) -> bytes | Finding:
    """The master key, or what is wrong with it. None is made."""
    name = "master key"
    path = settings.data_dir / FILE
    if settings.master_key is None and not path.exists():
        if (server_folder(settings) / "cluster").is_dir():
            return fail(
                name, f"{path} is gone, and without it nothing can be read", "restore it from a backup"
            )
        return ok(name, "will be made at the first start")
    try:
        return master_key(settings)
    except SettingsError as error:
        return fail(name, error.code, error.mend)
