"""Which user of the operating system runs the server, and what that user must be able to reach.

PostgreSQL refuses to run as root, so root lends it a system user of its own. Rights of folders that are not
the product's are never changed here.
"""

import os
import pwd
import stat
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from klantbeeld.postgres_server.errors import ServerError, naming_the_folder

SYSTEM_USER = "klantbeeld"
_USERADD = [
    "useradd", "--system", "--user-group", "--no-create-home",
    "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", SYSTEM_USER,
]  # fmt: skip
_SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_USERADD_ATTEMPTS = 6


class RunAs(TypedDict, total=False):
    """The arguments of `subprocess` that change the user of a child."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The server's user; `lent` when it is not the user who starts us."""

    name: str
    uid: int
    gid: int
    lent: bool

    def run_as(self) -> RunAs:
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.lent else {}

    def give(self, path: Path) -> None:
        """Make this user the owner."""
        if self.lent:
            os.chown(path, self.uid, self.gid)

    def may_read(self, path: Path, mode: int) -> None:
        """Set the mode of a file or folder of ours, and let the server's user read it through its group."""
        path.chmod(mode)
        if self.lent:
            os.chown(path, -1, self.gid)
            path.chmod(mode | (mode & 0o500) >> 3)


def system_environment() -> dict[str, str]:
    """All that a child of ours needs to know; no variable of the caller reaches the server."""
    return {"PATH": _SYSTEM_PATH, "LC_ALL": "C"}


def server_account() -> Account:
    if os.geteuid() != 0:
        return _own_account()
    user = _system_user()
    return Account(name=user.pw_name, uid=user.pw_uid, gid=user.pw_gid, lent=True)


def invoker_name() -> str:
    """The user who starts us, by the name that peer authentication will see."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise ServerError(
            "user_without_name",
            f"User id {os.geteuid()} has no name here and PostgreSQL needs one: add it to /etc/passwd, "
            "or set KLANTBEELD_DATABASE_URL to a PostgreSQL of your own.",
        ) from None


def _own_account() -> Account:
    return Account(name=invoker_name(), uid=os.geteuid(), gid=os.getegid(), lent=False)


def _system_user() -> pwd.struct_passwd:
    reason = ""
    for attempt in range(_USERADD_ATTEMPTS):
        try:
            return pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            # The user database may be locked by another start that is adding the same user.
            time.sleep(0.5 if attempt else 0)
            reason = _add_system_user()
    raise ServerError(
        "system_user_missing",
        f"PostgreSQL may not run as root and the system user {SYSTEM_USER} could not be made ({reason}): "
        f"run `useradd --system {SYSTEM_USER}`, or start klantbeeld as an ordinary user.",
    )


def _add_system_user() -> str:
    try:
        done = subprocess.run(_USERADD, env=system_environment(), capture_output=True, text=True, check=False)
    except OSError as error:
        return f"useradd: {error.strerror}"
    return " ".join(done.stderr.split()) or f"useradd ended with {done.returncode}"


def let_server_pass(folder: Path) -> None:
    """Make a folder of the product's own if need be, and let the server's user pass through it (not list it).

    A folder that others may enter, or that has rights for its group, stays as it is.
    """
    with naming_the_folder(folder):
        open_folder(folder, server_account())


def open_folder(folder: Path, account: Account) -> None:
    _make_private(folder)
    if account.lent and _is_private_to_us(folder):
        os.chown(folder, -1, account.gid)
        folder.chmod(0o710)


def check_reachable(folder: Path, account: Account) -> None:
    if account.lent and not _may_enter(folder, account):
        raise ServerError(
            "data_dir_unreachable",
            f"The system user {account.name}, who runs PostgreSQL for root, cannot reach {folder}: set "
            "KLANTBEELD_DATA_DIR to a folder such as /var/lib/klantbeeld, or start klantbeeld as an "
            "ordinary user.",
        )


def _make_private(folder: Path) -> None:
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)


def _is_private_to_us(folder: Path) -> bool:
    found = folder.stat()
    return found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o077


def _may_enter(folder: Path, account: Account) -> bool:
    """Asked as that user: only the kernel knows every rule (modes, lists, mounts)."""
    asked = subprocess.run(
        ["test", "-x", str(folder)], env=system_environment(), cwd="/", check=False, **account.run_as()
    )
    return asked.returncode == 0
