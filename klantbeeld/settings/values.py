"""The settings as one value, and how they are put together from where they are given."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from klantbeeld.settings.env_file import env_file
from klantbeeld.settings.problems import SettingsError
from klantbeeld.settings.readers import READERS, read

PREFIX: Final = "KLANTBEELD_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator may set. `origins` tells for each name where its value came from."""

    database_url: str | None = field(default=None, repr=False)
    kafka_bootstrap: str | None = None
    topic_prefix: str = "klantbeeld."
    partitions: int = 12
    elasticsearch_url: str | None = field(default=None, repr=False)
    data_dir: Path
    master_key: bytes | None = field(default=None, repr=False)
    token_key: bytes | None = field(default=None, repr=False)
    region: str = "NL"
    time_zone: str = "Europe/Amsterdam"
    language: str = "nl"
    public_url: str | None = None
    secrets_dir: Path | None = None
    rules_dir: Path | None = None
    origins: Mapping[str, str] = field(default_factory=dict, repr=False)
    unknown: tuple[str, ...] = ()
    """Names with our prefix that are no setting: a slip of the pen, perhaps."""

    @property
    def embedded(self) -> bool:
        """Whether the database is the one that comes along."""
        return self.database_url is None


def load(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """The settings in the environment, else in `.env` of `folder` (absent: the current one).

    An empty value counts as absent. Raises `SettingsError`.
    """
    outside = os.environ if environment is None else environment
    given, origins = _given({".env": env_file(folder or Path.cwd()), "environment": outside})
    _check_together(given)
    values = {name.lower(): read(name, given[name]) for name in READERS if name in given}
    values.setdefault("data_dir", _default_data_dir(outside))
    return Settings(
        **values,
        origins={name: origins.get(name, "default") for name in READERS},
        unknown=tuple(sorted(given.keys() - READERS.keys())),
    )


def _given(sources: Mapping[str, Mapping[str, str]]) -> tuple[dict[str, str], dict[str, str]]:
    """The text and the origin of each name; a later source goes before an earlier one."""
    given, origins = {}, {}
    for origin, source in sources.items():
        for variable, value in source.items():
            if variable.startswith(PREFIX) and value.strip():
                name = variable.removeprefix(PREFIX)
                given[name], origins[name] = value.strip(), origin
    return given, origins


def _default_data_dir(environment: Mapping[str, str]) -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/klantbeeld")
    return Path(environment.get("HOME") or Path.home()) / ".local" / "share" / "klantbeeld"


def _check_together(given: Mapping[str, str]) -> None:
    for name in ("KAFKA_BOOTSTRAP", "ELASTICSEARCH_URL"):
        if name in given and "DATABASE_URL" not in given:
            mend = f"KLANTBEELD_{name} needs a database that every worker reaches: set this too"
            raise SettingsError("missing_database_url", "DATABASE_URL", mend)
    if "DATABASE_URL" in given and "MASTER_KEY" not in given:
        mend = "a database of your own needs it: 32 random bytes (openssl rand -base64 32), kept safe"
        raise SettingsError("missing_master_key", "MASTER_KEY", mend)
