"""The master key: as it is set, else kept in a file of the data folder, made once."""

import base64
import os
import secrets
from pathlib import Path

from klantbeeld.settings.problems import SettingsError
from klantbeeld.settings.readers import KEY_BYTES, key
from klantbeeld.settings.values import Settings

FILE = "master.key"


def master_key(settings: Settings) -> bytes:
    """The key that wraps all others. Raises `SettingsError`.

    Safe for processes that start at the same moment: all get the same key, and none sees half of one.
    """
    if settings.master_key:
        return settings.master_key
    path = settings.data_dir / FILE
    try:
        if not path.exists():
            _make(path)
        return _kept(path)
    except OSError as error:
        mend = f"the master key cannot be kept in {settings.data_dir} ({error.strerror})"
        raise SettingsError("bad_data_dir", "DATA_DIR", mend) from None


def _make(path: Path) -> None:
    """Written whole under another name, then given its own, unless another process was faster."""
    path.parent.parent.mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        _write(draft, base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        path.hardlink_to(draft)
        _sync_folder(path.parent)
    except FileExistsError:
        pass  # the other process's key is as good as ours
    finally:
        draft.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _kept(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise SettingsError("exposed_master_key", "MASTER_KEY", f"others can read {path}: chmod 600 {path}")
    try:
        return key(path.read_text(encoding="ascii").strip())
    except ValueError:
        raise SettingsError("bad_master_key", "MASTER_KEY", f"{path} is damaged: restore it") from None
