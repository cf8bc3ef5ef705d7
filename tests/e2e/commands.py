"""Commands as processes of their own, and what tests ask of them. No test lives here."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tests.guards.checkout import ROOT
from tests.postgres_server.owners import is_over

PATIENCE = 60.0


class Command:
    """`klantbeeld …` under way. Its outputs go to files, so that it never waits for a reader."""

    def __init__(self, *words: str, **settings: str) -> None:
        self.words = words
        self._out, self._err = _file(), _file()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "klantbeeld", *words],
            env=environment(**settings), cwd=ROOT,
            stdin=subprocess.DEVNULL, stdout=self._out, stderr=self._err, start_new_session=True,
        )  # fmt: skip

    @property
    def out(self) -> str:
        return _content(self._out)

    @property
    def err(self) -> str:
        return _content(self._err)

    def until(self, condition: Callable[[], object]) -> None:
        """Wait for the condition while the command runs."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, (
                f"{self.words} ended with {self.process.returncode}: {self.err}"
            )
            assert time.monotonic() < deadline, f"{self.words} took too long: {self.err}"
            time.sleep(0.01)

    def until_said(self, text: str) -> None:
        """Wait until the text stands in one of its outputs."""
        self.until(lambda: text in self.out or text in self.err)

    def ended(self) -> int:
        return self.process.wait(PATIENCE)

    def signalled(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.ended()

    def close(self) -> None:
        """However it fares: afterwards it is gone."""
        self.process.kill()
        self.process.wait(PATIENCE)
        self._out.close()
        self._err.close()


@contextmanager
def command(*words: str, **settings: str) -> Iterator[Command]:
    """Settings by name without prefix, such as `data_dir`."""
    made = Command(*words, **settings)
    try:
        yield made
    finally:
        made.close()


def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A command that has come to its end, well or not."""
    return subprocess.run(
        [sys.executable, "-m", "klantbeeld", *words],
        env=environment(**settings), cwd=ROOT, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


def report(*words: str, **settings: str) -> dict[str, Any]:
    """What an import says of itself; it must come to its end well."""
    done = run("import", *words, "--json", **settings)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def environment(**settings: str) -> dict[str, str]:
    """Ours without our settings, and those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KLANTBEELD_")}
    return kept | {"CI": "true"} | {f"KLANTBEELD_{name.upper()}": value for name, value in settings.items()}


def ask(url: str, token: str, body: bytes | None = None, kind: str = "application/json") -> tuple[int, Any]:
    """Status and JSON of one request, also when it is refused."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


def is_quiet(data_dir: Path) -> bool:
    """No process of the embedded database of this data folder is left."""
    return not (data_dir / "postgresql").exists() or is_over(data_dir / "postgresql")


def _file() -> IO[bytes]:
    return tempfile.TemporaryFile()


def _content(file: IO[bytes]) -> str:
    return os.pread(file.fileno(), 10_000_000, 0).decode("utf-8", "replace")
