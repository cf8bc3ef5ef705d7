"""The two ways in which an installation runs, so that one test holds for both. No test lives here.

Embedded: commands process what they store. Distributed: they store it in Kafka, and workers process it.
"""

import base64
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil
import psycopg

from klantbeeld.postgres_server import Server
from tests.e2e.commands import Command, command
from tests.stack import Stack

MASTER_KEY: Final = base64.b64encode(b"m" * 32).decode()
PARTITIONS: Final = 3
ANSWERING: Final = ("timeline", "search")
"""The workers without which there are no answers."""

Settings = dict[str, str]


def with_database(server: Server, folder: Path) -> Settings:
    """Settings, by name without prefix, of an installation in this folder with a new database of its own."""
    name = folder.name.replace("-", "_")
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    url = f"postgresql:///{name}?host={server.socket_dir}&port={server.port}&user=klantbeeld"
    return {"data_dir": str(folder), "database_url": url, "master_key": MASTER_KEY}


def with_stack(settings: Settings, stack: Stack, topic_prefix: str) -> Settings:
    """The same, with its log in Kafka and its search index in Elasticsearch."""
    return settings | {
        "kafka_bootstrap": stack.bootstrap,
        "elasticsearch_url": stack.elasticsearch_url,
        "topic_prefix": topic_prefix,
        "partitions": str(PARTITIONS),
    }


@dataclass(frozen=True, slots=True)
class Mode:
    """`new` makes the settings of an installation that nobody has used yet; without a database of its own it has one
    in its data folder, if the mode allows.
    """

    distributed: bool
    new: Callable[[], Settings]

    @contextmanager
    def working(self, settings: Settings, *names: str) -> Iterator[None]:
        """Whoever has to run beside the commands on this installation; nobody when it is embedded."""
        if not self.distributed:
            yield
            return
        with workers(settings, *(names or ANSWERING)):
            yield


@contextmanager
def workers(settings: Settings, *names: str) -> Iterator[dict[str, Command]]:
    """`klantbeeld work NAME` for each name; afterwards they are gone, and what they kept running is too."""
    with ExitStack() as stack:
        running = {name: stack.enter_context(command("work", name, **settings)) for name in names}
        try:
            yield running
        except BaseException:
            for name, one in running.items():
                print(f"{name}, {one.process.poll()}: {one.err}")
            raise
        finally:
            for one in running.values():
                one.process.terminate()
            for one in running.values():
                one.ended()


def processes_on(settings: Settings) -> list[psutil.Process]:
    """Whatever runs with the data folder of this installation."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("KLANTBEELD_DATA_DIR") == settings["data_dir"] and is_running(process):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def is_running(process: psutil.Process) -> bool:
    """A process that ended counts as gone though nobody may have reaped it yet."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
