"""The file `.env`: `NAME=value` lines. Nothing in it is expanded or executed."""

import re
from pathlib import Path

from klantbeeld.settings.problems import SettingsError

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")


def env_file(folder: Path) -> dict[str, str]:
    """The variables in `.env` of a folder; none without such a file. Raises `SettingsError`."""
    try:
        text = (folder / ".env").read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        mend = f"the file .env cannot be read ({type(error).__name__})"
        raise SettingsError("unreadable_env_file", "*", mend) from None
    lines = (_LINE.fullmatch(line.strip()) for line in text.splitlines())
    return {line[1]: _bare(line[2]) for line in lines if line}


def _bare(value: str) -> str:
    """Without the quotes around it, or the comment behind it."""
    if value[:1] in ("'", '"') and value.find(value[0], 1) > 0:
        return value[1 : value.index(value[0], 1)]
    return re.split(r"(?:^|\s)#", value, maxsplit=1)[0].strip()
