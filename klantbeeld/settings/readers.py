"""The one list of what can be set, and how the text of each setting becomes its value."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from klantbeeld.settings.problems import SettingsError

KEY_BYTES: Final = 32


class Unfit(ValueError):
    """A reader refuses a text and says what it wants instead."""


def read(name: str, text: str) -> Any:
    """The value of one setting. Raises `SettingsError`."""
    code, reader = READERS[name]
    try:
        return reader(text)
    except Unfit as error:
        raise SettingsError(code, name, str(error)) from None


def key(text: str) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != KEY_BYTES:
        raise Unfit(f"must be {KEY_BYTES} bytes in base64 (openssl rand -base64 {KEY_BYTES})")
    return found


def _matching(pattern: str, wanted: str) -> Callable[[str], str]:
    def read_it(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise Unfit(f"must be {wanted}")
        return text

    return read_it


def _database_url(text: str) -> str:
    parts = _parts(text)
    if parts is None or parts.scheme not in ("postgresql", "postgres"):
        raise Unfit("must be an address such as postgresql://role:password@host/database")
    return text


def _brokers(text: str) -> str:
    servers = [server.strip() for server in text.split(",")]
    if not all(
        re.fullmatch(r"(?:\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}", server) for server in servers
    ):
        raise Unfit("must be host:port, or several with commas between")
    return ",".join(servers)


def _web_address(text: str) -> str:
    parts = _parts(text)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise Unfit("must be an http or https address without query")
    return text.rstrip("/")


def _parts(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _partitions(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= 1024):
        raise Unfit("must be a number from 1 to 1024")
    return int(text)


def _folder(text: str) -> Path:
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError:
        raise Unfit("must be a folder; its ~ leads nowhere") from None


def _token_key(text: str) -> bytes:
    if len(text.encode()) < KEY_BYTES:
        raise Unfit(f"must be {KEY_BYTES} characters or more (openssl rand -base64 {KEY_BYTES})")
    return text.encode()


def _time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (OSError, ValueError, KeyError):
        raise Unfit("must be an IANA time zone such as Europe/Amsterdam") from None
    return text


READERS: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "DATABASE_URL": ("bad_database_url", _database_url),
    "KAFKA_BOOTSTRAP": ("bad_kafka_bootstrap", _brokers),
    "TOPIC_PREFIX": ("bad_topic_prefix", _matching(r"[A-Za-z0-9._-]{1,100}", "letters, digits, . _ -")),
    "PARTITIONS": ("bad_partitions", _partitions),
    "ELASTICSEARCH_URL": ("bad_elasticsearch_url", _web_address),
    "DATA_DIR": ("bad_data_dir", _folder),
    "MASTER_KEY": ("bad_master_key", key),
    "TOKEN_KEY": ("weak_token_key", _token_key),
    "REGION": ("bad_region", _matching(r"[A-Z]{2}", "a country code such as NL")),
    "TIME_ZONE": ("unknown_time_zone", _time_zone),
    "LANGUAGE": ("bad_language", _matching(r"nl|en", "nl or en")),
    "PUBLIC_URL": ("bad_public_url", _web_address),
    "SECRETS_DIR": ("bad_secrets_dir", _folder),
    "RULES_DIR": ("bad_rules_dir", _folder),
}
"""For each setting the code of its error and its reader."""
