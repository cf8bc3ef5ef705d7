"""What a check found. Never a customer's data, a password or a key."""

from typing import Any, Final, Literal

from klantbeeld.domain.values import value

Level = Literal["ok", "warn", "fail"]
LEVELS: Final[tuple[Level, ...]] = ("ok", "warn", "fail")


@value
class Finding:
    """One line. `what` is what was seen, `mend` what to do about it; empty where all is well."""

    level: Level
    name: str
    what: str
    mend: str = ""

    def told(self) -> dict[str, Any]:
        return {"level": self.level, "name": self.name, "what": self.what, "mend": self.mend}


def ok(name: str, what: str) -> Finding:
    return Finding(level="ok", name=name, what=what)


def warn(name: str, what: str, mend: str) -> Finding:
    return Finding(level="warn", name=name, what=what, mend=mend)


def fail(name: str, what: str, mend: str) -> Finding:
    return Finding(level="fail", name=name, what=what, mend=mend)


def least(name: str, number: int, enough: int, what: str, mend: str) -> Finding:
    """A warning where a number is smaller than it should be."""
    return ok(name, what) if number >= enough else warn(name, f"{what}, fewer than {enough:,}", mend)


def joined(level: Level, name: str, parts: list[tuple[str, str]]) -> Finding:
    """Several things that are wrong, told in one line."""
    return Finding(
        level=level,
        name=name,
        what="; ".join(what for what, _ in parts),
        mend="; ".join(dict.fromkeys(mend for _, mend in parts)),
    )
