"""Where each thing lies in the data folder. Only names and notes: nothing here starts or stops."""

import os
from dataclasses import dataclass
from pathlib import Path

DATABASE_ROLE = "klantbeeld"
PORT = 5432
LONGEST_SOCKET_PATH = 107


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The data folder. It belongs to who starts us; the cluster and the socket folder are the server's."""

    data_dir: Path

    @property
    def cluster(self) -> Path:
        """What PostgreSQL calls its data directory."""
        return self.data_dir / "cluster"

    @property
    def configuration(self) -> Path:
        return self.data_dir / "configuration"

    @property
    def log(self) -> Path:
        return self.data_dir / "postgresql.log"

    @property
    def start_lock(self) -> Path:
        """Held exclusively while somebody starts or attaches: one at a time."""
        return self.data_dir / "start.lock"

    @property
    def owners_lock(self) -> Path:
        """Held shared by every owner; exclusively by the warden from the moment it found none."""
        return self.data_dir / "owners.lock"

    @property
    def warden_lock(self) -> Path:
        """Held exclusively by a living warden; its text is the pid of the postmaster it watches."""
        return self.data_dir / "warden.lock"

    @property
    def socket_note(self) -> Path:
        """The path of a socket folder elsewhere, where the one in the data folder would be too long."""
        return self.data_dir / "socket.path"

    @property
    def usual_socket_dir(self) -> Path:
        return self.data_dir / "socket"

    def noted_socket_dir(self) -> Path | None:
        try:
            return Path(os.fsdecode(self.socket_note.read_bytes()))
        except FileNotFoundError:
            return None

    def socket_dir(self) -> Path:
        return self.noted_socket_dir() or self.usual_socket_dir


def socket_file(socket_dir: Path) -> Path:
    return socket_dir / f".s.PGSQL.{PORT}"


def fits(socket_dir: Path) -> bool:
    """Whether the kernel takes the path of the socket in this folder."""
    return len(os.fsencode(socket_file(socket_dir))) <= LONGEST_SOCKET_PATH
