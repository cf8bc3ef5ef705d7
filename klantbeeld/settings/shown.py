"""The settings as they may be shown to whoever looks over the operator's shoulder."""

import re

from klantbeeld.settings.readers import READERS
from klantbeeld.settings.values import Settings

HIDDEN = "(hidden)"
_SECRETS = frozenset({"MASTER_KEY", "TOKEN_KEY"})


def shown(settings: Settings) -> dict[str, dict[str, str | None]]:
    """`{name: {value, origin}}` of every setting, secrets and passwords hidden."""
    return {name: {"value": _value(name, settings), "origin": settings.origins[name]} for name in READERS}


def _value(name: str, settings: Settings) -> str | None:
    value = getattr(settings, name.lower())
    if value is None:
        return None
    if name in _SECRETS:
        return HIDDEN
    return _without_password(str(value)) if name.endswith("_URL") else str(value)


def _without_password(url: str) -> str:
    """A password stands before the host or among the options."""
    url = re.sub(r"(://[^/?#:@]*):.*@", rf"\1:{HIDDEN}@", url)
    return re.sub(r"([?&][^=&]*(?:password|key)[^=&]*=)[^&]*", rf"\1{HIDDEN}", url)
