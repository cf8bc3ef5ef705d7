"""Processes on this machine that share a replay: each has an interpreter, so together they use all processors.

A child gets its share over its standard input and tells there and back how far it is. Its input closes when the parent
does not want it any more, however that ended; then it ends at once, and what it had in hand is rolled back.
"""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import suppress
from io import BufferedReader
from typing import IO, Any, Final

from klantbeeld.bootstrap import opened
from klantbeeld.settings import Settings
from projections.member import take_share
from projections.shares import Outcome, Share, ShareLost

CHILD: Final = "klantbeeld.cli.replayer"
MOST: Final = 4
"""Each also keeps a part of PostgreSQL at work."""


class Replayers:
    """A team of one process for each processor of this machine, at most four."""

    def __init__(self, settings: Settings, size: int | None = None) -> None:
        self._settings = settings
        self.size = size or min(len(os.sched_getaffinity(0)), MOST)

    def take(self, shares: Sequence[Share], progress: Callable[[int], None]) -> Sequence[Outcome]:
        done = [0] * len(shares)

        def told(number: int, count: int) -> None:
            done[number] = count
            progress(sum(done))

        children = [spawned() for _ in shares]
        try:
            with ThreadPoolExecutor(len(shares), thread_name_prefix="replayers") as listeners:
                asked = [
                    listeners.submit(_asked, child, (self._settings, share), told, number)
                    for number, (child, share) in enumerate(zip(children, shares, strict=True))
                ]
                try:
                    wait(asked, return_when=FIRST_EXCEPTION)
                finally:
                    _end(children)
                return [one.result() for one in asked]
        finally:
            _end(children)


def spawned() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )


def _asked(
    child: subprocess.Popen[bytes], order: Any, told: Callable[[int, int], None], number: int
) -> Outcome:
    assert child.stdin
    assert child.stdout
    try:
        pickle.dump(order, child.stdin)
        child.stdin.flush()
        while True:
            said = pickle.load(child.stdout)  # noqa: S301  (from our child, over a pipe that nobody else holds)
            if isinstance(said, Outcome):
                return said
            told(number, said)
    except (OSError, EOFError, pickle.UnpicklingError):
        raise ShareLost(str(ShareLost.__doc__)) from None


def _end(children: Sequence[subprocess.Popen[bytes]]) -> None:
    """Whoever is not done yet is not wanted any more."""
    for child in children:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()


def main(given: BufferedReader, told: IO[bytes]) -> None:
    """The child: take the share."""
    settings, share = pickle.load(given)  # noqa: S301  (from the parent, over a pipe that nobody else holds)
    threading.Thread(target=_until_orphaned, args=(given,), name="orphaned", daemon=True).start()

    def tell(what: int | Outcome) -> None:
        pickle.dump(what, told)
        told.flush()

    done = 0

    def count(records: int) -> None:
        nonlocal done
        done += records
        tell(done)

    with opened(settings, pool=4) as system:
        connection = system.database.dedicated(share.schema)
        try:
            tell(take_share(share, connection, system.log, system.keys, system.processors(), count))
        finally:
            connection.close()


def _until_orphaned(given: BufferedReader) -> None:
    while given.read1(4096):
        pass
    os._exit(1)
