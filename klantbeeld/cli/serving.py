"""What `serve` and `demo` share: the API, the processors beside it, and their end."""

import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Final

from api.server import HttpServer
from klantbeeld.bootstrap import System

SWITCH_INTERVAL: Final = 0.001
"""Seconds that a thread may keep the interpreter while others wait. Measured beside batches of 1,000 events: Python's 5 ms
makes reads up to three times slower, a fifth of a millisecond gains nothing more."""
_WATCHED_EVERY: Final = 1.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Ending:
    """Why a server ended. `failed`: not because somebody asked for it."""

    failed: bool = False


def interrupted_by_sigterm() -> None:
    """Until the server runs, SIGTERM ends the command as Ctrl-C does: what was begun is tidied up."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


def serve_until_stopped(server: HttpServer, system: System) -> Ending:
    """Blocks until Ctrl-C, SIGTERM, or the database that came along is gone for good."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    ending = Ending()
    with _signals(server.stop), _watched(system, server, ending):
        server.serve_until_stopped()
    return ending


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    def handle(_number: int, _frame: FrameType | None) -> None:
        stop()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _watched(system: System, server: HttpServer, ending: Ending) -> Iterator[None]:
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_WATCHED_EVERY):
            if system.database_lost():
                log.critical("database_lost")
                ending.failed = True
                server.stop()
                return

    watcher = threading.Thread(target=watch, name="watch-database", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
