"""Values that name nobody: withheld callers, placeholders, unread mailboxes. Expects normalised values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

PHONE_TYPES: Final = frozenset({"phone", "whatsapp"})
LOCAL: Final = "local:"

# fmt: off
PLACEHOLDERS: Final = frozenset({
    "anonymous", "anoniem", "anonieme beller", "unknown", "onbekend", "restricted", "private", "privé",
    "prive", "unavailable", "not available", "withheld", "number withheld", "no caller id", "blocked",
    "afgeschermd", "nummer afgeschermd", "geheim", "unassigned", "null", "none", "nil", "undefined", "nan",
    "empty", "leeg", "geen", "n/a", "n.a.", "na", "n a", "nvt", "n.v.t.", "n v t", "n/b", "tbd", "test",
    "dummy", "-", "--", "---", ".", "..", "...", "?", "??", "???", "xx", "xxx",
})
# fmt: on

# Telephone networks spell ANONYMOUS, RESTRICTED, UNKNOWN, UNAVAILABLE, PRIVATE and BLOCKED on the keypad.
_SPELLED: Final = frozenset({"266696687", "7378742833", "8656696", "86282452253", "7748283", "2562533"})
_REPEATED: Final = re.compile(r"(\d)\1{6,}$")
_ZEROS: Final = re.compile(r"0+")
_UNREAD: Final = re.compile(
    r"""(?: test(?:er|ing)?\d* | no[-_.]?reply | do[-_.]?not[-_.]?reply | niet[-_.]?(?:be)?antwoorden
        | mailer-daemon | example | voorbeeld | someone | iemand | nobody | niemand )
        (?: [+].* )? @ """,
    re.VERBOSE,
)
_INVENTED: Final = re.compile(
    r"(?:email|e-mail|name|naam|user|your\.?name|jouw\.?naam)@(?:example|domain|domein)\."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JunkRules:
    """What an installation adds: normalised `values` by type (its own shops' numbers) and `words`."""

    values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    words: frozenset[str] = frozenset()


NO_EXTRAS: Final = JunkRules()


def is_junk(type: str, value: str, extras: JunkRules = NO_EXTRAS) -> bool:
    """Whether the normalised value names nobody, so that it must never join two events."""
    word = value.removeprefix(LOCAL).casefold()
    if value in extras.values.get(type, ()) or word in PLACEHOLDERS or word in extras.words:
        return True
    if type in PHONE_TYPES:
        return _is_junk_number(value)
    if type == "email":
        return _is_junk_mailbox(value)
    return _ZEROS.fullmatch(value) is not None


def _is_junk_number(value: str) -> bool:
    """A local number has a meaning in one exchange only; a long run of one digit is typed, not dialled."""
    return value.startswith(LOCAL) or value.lstrip("+") in _SPELLED or _REPEATED.search(value) is not None


def _is_junk_mailbox(value: str) -> bool:
    local = value.rpartition("@")[0]
    return (
        local in PLACEHOLDERS
        or value.endswith(".invalid")
        or _UNREAD.match(value) is not None
        or _INVENTED.match(value) is not None
    )
