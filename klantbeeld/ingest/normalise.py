"""One spelling for each identifier, so that one person's identifiers meet. Nothing is stored in here.

What each type's normal form is, and why:

* `phone`, `whatsapp`: E.164, `;ext=` kept behind it. What is no telephone number anywhere (an internal
  extension, `anonymous`) becomes `local:<what was given>`: nothing is lost, and as junk it never joins.
  WhatsApp's ids that are no numbers (`NL.1234`, `1234@lid`) stay as they are.
* `email`: lower case, the domain in its ASCII form; no provider's tricks with dots or tags.
* `customer_number`, `crm:`, `account:`, `loyalty_card`, `order_number`: compatibility characters, dashes and
  spaces evened out. Case is kept: some systems' numbers differ in case alone, and a wrong join is worse
  than a missed one.
* `tracking`: the same in capitals without spaces, since carriers print groups.
* `instagram`, `telegram`, `social:`: a handle (`@name`) in lower case, any other id as it is.
* `postal_address`: letters and digits without accents, case and punctuation.
* everything else is the source's own id: as it is.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import idna
import phonenumbers

from klantbeeld.domain.identifiers import BadIdentifier, family
from klantbeeld.domain.identity import is_junk
from klantbeeld.domain.identity.junk import LOCAL, PHONE_TYPES

__all__ = ["MOST_CHARACTERS", "is_junk", "normalise"]

MOST_CHARACTERS: Final = 512
_CACHED: Final = 16_384

_LINES: Final = str.maketrans({"\t": " ", "\n": " ", "\r": " ", "\x0b": " ", "\x0c": " ", "\x85": " "})
_DASHES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))
_NO_TEXT: Final = frozenset({"Cc", "Cs"})
_SCHEME: Final = re.compile(r"(?:sips?|whatsapp):", re.IGNORECASE)
_SIP_HOST: Final = re.compile(r"@[\w.:\[\]-]+(?:;.*)?$")
_WHATSAPP_HOST: Final = re.compile(r"@(?:s\.whatsapp\.net|c\.us)$")
_WHATSAPP_ID: Final = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]+|[0-9:]+@\w+")
_LOCAL_PART: Final = re.compile(r'[^\s<>()\[\]\\,;:"@]+|"[^"\\]+"')
_ASCII_DOMAIN: Final = re.compile(r"(?!-)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f.:]+\]")
_FEWEST_DIGITS: Final = 8


@lru_cache(maxsize=_CACHED)
def normalise(type: str, value: str, region: str = "NL") -> str:
    """The value's normal form; idempotent. `BadIdentifier` with a code when it has none.

    Codes: `unknown_identifier_type`, `blank_identifier`, `identifier_too_long`, `bad_email`,
    `bad_identifier_value` (control characters, lone surrogates). `region` is where numbers without a country
    code are dialled. The cache holds values: `normalise.cache_clear()` forgets them when a person is erased.
    """
    kind = family(type)
    text = _clean(value)
    normal = _phone(kind, text, region) if kind in PHONE_TYPES else _FORMS.get(kind, _as_it_is)(text)
    if len(normal) > MOST_CHARACTERS:
        raise BadIdentifier("identifier_too_long")
    return normal


def _clean(value: str) -> str:
    """Trimmed text on one line; invisible formatting (direction marks, zero-width spaces) falls away."""
    if len(value) > MOST_CHARACTERS:
        raise BadIdentifier("identifier_too_long")
    text = value.translate(_LINES)
    if not text.isprintable():
        categories = {character: unicodedata.category(character) for character in set(text)}
        if not _NO_TEXT.isdisjoint(categories.values()):
            raise BadIdentifier("bad_identifier_value")
        text = "".join(character for character in text if categories[character] != "Cf")
    text = text.strip()
    if not text:
        raise BadIdentifier("blank_identifier")
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _as_it_is(text: str) -> str:
    return text


def _numbered(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).translate(_DASHES).split())


def _tracking(text: str) -> str:
    return _numbered(text).replace(" ", "").upper()


def _handle(text: str) -> str:
    return text.lower() if text.startswith("@") else text


def _postal_address(text: str) -> str:
    """A value of punctuation alone is a placeholder and becomes `-`, which is junk."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    bare = (character for character in folded if not unicodedata.combining(character))
    kept = "".join(character if character.isalnum() else " " for character in bare)
    return " ".join(unicodedata.normalize("NFC", kept).split()) or "-"


def _email(text: str) -> str:
    local, at, domain = text.removeprefix("mailto:").rpartition("@")
    local = unicodedata.normalize("NFC", local.lower())
    if not at and is_junk("email", text.lower()):
        return text.lower()
    if not _LOCAL_PART.fullmatch(local):
        raise BadIdentifier("bad_email")
    return f"{local}@{_domain(domain)}"


def _domain(text: str) -> str:
    domain = text.lower().rstrip(".")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            raise BadIdentifier("bad_email") from None
    if not _ASCII_DOMAIN.fullmatch(domain):
        raise BadIdentifier("bad_email")
    return domain


def _phone(kind: str, text: str, region: str) -> str:
    if text.lower().startswith(LOCAL):
        return LOCAL + text[len(LOCAL) :].strip().lower()
    number = _bare_number(kind, text)
    if kind == "whatsapp" and _WHATSAPP_ID.fullmatch(number):
        return number
    readings = [found for found in (_parsed(number, region), _parsed("+" + number, None)) if found]
    if kind == "whatsapp":
        readings.reverse()
    for is_number in (phonenumbers.is_valid_number, _is_plausible):
        for reading in readings:
            if is_number(reading):
                return _e164(reading)
    return LOCAL + " ".join(number.lower().split())


def _bare_number(kind: str, text: str) -> str:
    """Without the scheme and host that exchanges and WhatsApp libraries write around a number."""
    bare = _SCHEME.sub("", text, count=1)
    return (_WHATSAPP_HOST if kind == "whatsapp" else _SIP_HOST).sub("", bare)


def _parsed(number: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    """One reading of the text; a second one as if the `+` had been dropped (as WhatsApp and exchanges do)."""
    if region is None and not number[1:2].isdigit():
        return None
    try:
        return phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None


def _is_plausible(number: phonenumbers.PhoneNumber) -> bool:
    """Of a length in use, though not a range we know of: new ranges, numbers made for examples."""
    return len(str(number.national_number)) >= _FEWEST_DIGITS and phonenumbers.is_possible_number(number)


def _e164(number: phonenumbers.PhoneNumber) -> str:
    base = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{base};ext={number.extension}" if number.extension else base


_FORMS: Final[dict[str, Callable[[str], str]]] = {
    "customer_number": _numbered,
    "crm:*": _numbered,
    "account:*": _numbered,
    "loyalty_card": _numbered,
    "order_number": _numbered,
    "tracking": _tracking,
    "email": _email,
    "instagram": _handle,
    "telegram": _handle,
    "social:*": _handle,
    "postal_address": _postal_address,
}
