"""The programs of Kafka and Elasticsearch, brought here by Maven as pinned in `pom.xml`, and a Java that runs them.

Unpacked once for each version of `pom.xml`, under the cache folder, shared by every stack.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from klantbeeld.postgres_server.accounts import server_account
from local.problems import StackError
from local.processes import check_reachable

POM = Path(__file__).resolve().parents[1] / "pom.xml"
_JVMS = Path("/usr/lib/jvm")
_JAVA_VERSION = re.compile(r'^JAVA_VERSION="(?:1\.)?(\d+)', re.MULTILINE)


def cache_folder() -> Path:
    """As root a place that the system user can reach, which root's home is not."""
    if os.environ.get("XDG_CACHE_HOME"):
        return Path(os.environ["XDG_CACHE_HOME"]) / "klantbeeld"
    return Path("/var/cache/klantbeeld") if os.geteuid() == 0 else Path.home() / ".cache" / "klantbeeld"


def java_home(part: str, at_least: int) -> Path:
    """The oldest Java that will do, of JAVA_HOME, the PATH and /usr/lib/jvm."""
    versions = {home: _java_version(home) for home in _java_homes()}
    fit = [home for home, version in versions.items() if version >= at_least]
    if not fit:
        raise StackError(
            f"{part} needs Java {at_least} or newer: install one (on Debian: apt install "
            f"openjdk-{at_least}-jre-headless, or a newer one) or set JAVA_HOME to one."
        )
    return min(fit, key=lambda home: versions[home])


def _java_homes() -> list[Path]:
    on_path = shutil.which("java")
    homes = [
        *([Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []),
        *([Path(on_path).resolve().parents[1]] if on_path else []),
        *(sorted(_JVMS.iterdir()) if _JVMS.is_dir() else []),
    ]
    return [home for home in homes if (home / "bin" / "java").is_file()]


def _java_version(home: Path) -> int:
    """Its major version; 0 for an installation that does not say."""
    try:
        said = _JAVA_VERSION.search((home / "release").read_text())
    except OSError:
        said = None
    return int(said[1]) if said else 0


def parts() -> Path:
    """The folder with `kafka/` and `elasticsearch-…/`, downloaded at the first call."""
    ready = cache_folder() / f"parts-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"
    if not ready.is_dir():
        cache_folder().mkdir(parents=True, exist_ok=True)
        check_reachable(cache_folder(), server_account())
        with _one_download_at_a_time():
            if not ready.is_dir():
                _download(ready)
    return ready


def elasticsearch_home() -> Path:
    return next(parts().glob("elasticsearch-*"))


@contextmanager
def _one_download_at_a_time() -> Iterator[None]:
    with (cache_folder() / "download.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _download(ready: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise StackError(
            "Kafka and Elasticsearch are fetched by Maven, which is not here: install it (on Debian: apt install "
            "maven), or use infra/compose.yaml with Docker."
        )
    unfinished = Path(tempfile.mkdtemp(prefix="parts-unfinished-", dir=ready.parent))
    try:
        _run_maven(maven, unfinished)
        _let_all_read(unfinished)
        unfinished.rename(ready)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _run_maven(maven: str, target: Path) -> None:
    java = java_home("Maven", 8)
    done = subprocess.run(
        [maven, "--batch-mode", "--quiet", "--file", str(POM), f"-Dparts={target}", "generate-resources"],
        env=os.environ | {"JAVA_HOME": str(java)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        complaint = next((line for line in done.stdout.splitlines() if "ERROR" in line), "it did not say why")
        raise StackError(f"Maven could not fetch Kafka and Elasticsearch, mend this: {complaint.strip()}")


def _let_all_read(tree: Path) -> None:
    for path in [tree, *tree.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
