"""Real Kafka and Elasticsearch for tests: one local stack, shared by all workers of a test run.

With KLANTBEELD_TEST_STACK=1 it is started when the first test asks for it, and whatever is missing for that fails the
test. The last worker that used it stops it; if the test run is killed, its warden does. A folder instead of 1 means: the
stack that runs there already (`infra/stack.py up --dir FOLDER`), which is left running.
"""

import fcntl
import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

_ROOT = Path(__file__).resolve().parents[1]
_SWITCH = "KLANTBEELD_TEST_STACK"
Part = Literal["kafka", "elasticsearch"]
_PARTS: tuple[Part, ...] = ("kafka", "elasticsearch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A running stack. Others use the `stack` of the test run: only an `own_stack` may be stopped or killed, in part; port
    and data stay.
    """

    folder: Path
    bootstrap: str
    elasticsearch_url: str

    def pid(self, part: Part) -> int:
        return int(self.noted(part)["pid"])

    def noted(self, part: Part) -> dict[str, Any]:
        """What the stack has written down of a part."""
        state: dict[str, dict[str, Any]] = json.loads((self.folder / "state.json").read_text())
        return state[part]

    def start(self, part: Part) -> None:
        """Returns when it answers."""
        run_stack("start", part, "--dir", str(self.folder))

    def stop(self, part: Part) -> None:
        run_stack("stop", part, "--dir", str(self.folder))

    def kill(self, part: Part) -> None:
        run_stack("kill", part, "--dir", str(self.folder))


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Prefixes that no other test uses. What is called so is removed when the test is over."""

    topic_prefix: str
    index_prefix: str


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    asked = os.environ.get(_SWITCH, "")
    if not asked:
        pytest.skip(
            f"needs the local stack: set {_SWITCH}=1 (Kafka and Elasticsearch, started for the tests)"
        )
    if asked != "1":
        yield _up(Path(asked))
    else:
        with _shared(Path(tempfile.gettempdir(), f"kb-stack-{_test_run()}")) as shared:
            yield shared


@pytest.fixture(scope="module")
def own_stack(stack: Stack) -> Iterator[Stack]:
    """Nobody else's: its parts may be stopped and killed. The shared one has brought the programs here."""
    assert stack
    with tempfile.TemporaryDirectory(prefix="kb-own-", dir="/tmp") as parent:
        Path(parent).chmod(0o711)
        folder = Path(parent, "stack")
        try:
            yield _up(folder, "--owner", str(os.getpid()))
        finally:
            run_stack("down", "--dir", str(folder))


@pytest.fixture
def stack_names(stack: Stack) -> Iterator[Names]:
    with own_names(stack) as own:
        yield own


@contextmanager
def own_names(stack: Stack) -> Iterator[Names]:
    mark = f"t{uuid.uuid4().hex[:10]}"
    own = Names(topic_prefix=f"{mark}.", index_prefix=f"{mark}-")
    yield own
    _remove_topics(stack, own.topic_prefix)
    _remove_indices(stack, mark)


def run_stack(*arguments: str, **variables: str) -> str:
    """Run `infra/stack.py`; its stdout. Fails the test with what it said on stderr."""
    done = subprocess.run(
        [sys.executable, str(_ROOT / "infra" / "stack.py"), *arguments],
        env=os.environ | {"PYTHONPATH": str(_ROOT)} | variables, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.fail(done.stderr, pytrace=False)
    return done.stdout


def _test_run() -> int:
    """The pid of the process that the test run is: a worker of pytest-xdist is its child."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def _up(folder: Path, *options: str) -> Stack:
    said = json.loads(run_stack("up", "--json", "--parts", ",".join(_PARTS), "--dir", str(folder), *options))
    return Stack(
        folder=folder,
        bootstrap=said["KLANTBEELD_KAFKA_BOOTSTRAP"],
        elasticsearch_url=said["KLANTBEELD_ELASTICSEARCH_URL"],
    )


@contextmanager
def _shared(folder: Path) -> Iterator[Stack]:
    """Each user holds a lock together with the others; who can have it alone was the last and takes the stack down."""
    while True:
        started = _up(folder, "--owner", str(_test_run()))
        use = (folder / "users.lock").open("a")
        fcntl.flock(use, fcntl.LOCK_SH)
        if _is_current(use.fileno(), folder / "users.lock"):
            break
        use.close()  # the last of the earlier users took it down just now
    try:
        yield started
    finally:
        fcntl.flock(use, fcntl.LOCK_UN)
        try:
            fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            run_stack("down", "--dir", str(folder))
        except BlockingIOError:
            pass  # others use it
        finally:
            use.close()


def _is_current(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _remove_topics(stack: Stack, prefix: str) -> None:
    from kafka.admin import KafkaAdminClient  # here, for only these tests need the clients

    admin = KafkaAdminClient(bootstrap_servers=stack.bootstrap)
    try:
        if own := [name for name in admin.list_topics() if name.startswith(prefix)]:
            admin.delete_topics(own)
    finally:
        admin.close()


def _remove_indices(stack: Stack, prefix: str) -> None:
    from elasticsearch import Elasticsearch

    with Elasticsearch(stack.elasticsearch_url) as client:
        for name in client.indices.get(index=f"{prefix}*", features="aliases"):
            client.indices.delete(index=name)
        found = client.options(ignore_status=404).indices.get_index_template(name=f"{prefix}*")
        for template in found.get("index_templates", []):
            client.indices.delete_index_template(name=template["name"])
