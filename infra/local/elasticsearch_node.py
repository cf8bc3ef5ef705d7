"""Elasticsearch: one node without security, on the loopback interface. Ready when the cluster's health is not red."""

import json
import shutil
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from local import artefacts, processes
from local.folder import Folder

NAME = "elasticsearch"
_JAVA = 21
_SETTINGS = {
    "cluster.name": "klantbeeld",
    "node.name": "local",
    "discovery.type": "single-node",
    "http.host": "127.0.0.1",
    "transport.host": "127.0.0.1",
    "xpack.security.enabled": "false",
    "cluster.routing.allocation.disk.threshold_enabled": "false",
}
# Without the second compiler it starts a quarter sooner; its own options for memory and vectors stay.
_JVM_OPTIONS = """\
-Xms512m
-Xmx512m
-XX:+UseSerialGC
-XX:TieredStopAtLevel=1
-XX:+ExitOnOutOfMemoryError
-XX:-UsePerfData
-Djava.io.tmpdir=${ES_TMPDIR}
-XX:CompileCommand=dontinline,java/lang/invoke/MethodHandle.setAsTypeCache
-XX:CompileCommand=dontinline,java/lang/invoke/MethodHandle.asTypeUncached
-XX:CompileCommand=quiet
-Dorg.apache.lucene.store.MMapDirectory.sharedArenaMaxPermits=1
20-:--add-modules=jdk.incubator.vector
"""
_SERVER = b"org.elasticsearch.server/org.elasticsearch.bootstrap.Elasticsearch"


def check() -> None:
    """Raise `StackError` when what it needs is not on this machine."""
    artefacts.java_home("Elasticsearch", _JAVA)
    artefacts.parts()


def prepare(folder: Folder) -> dict[str, Any]:
    """Choose its ports and write its configuration; what is to be noted about it."""
    port, transport_port = processes.free_ports(2)
    home = processes.own_folder(folder, NAME)
    for inside in ("data", "logs", "temporary"):
        (home / inside).mkdir(exist_ok=True)
    configuration = home / "configuration"
    shutil.copytree(artefacts.elasticsearch_home() / "config", configuration, dirs_exist_ok=True)
    settings = _SETTINGS | {
        "http.port": port,
        "transport.port": transport_port,
        "path.data": str(home / "data"),
        "path.logs": str(home / "logs"),
    }
    # JSON is YAML.
    (configuration / "elasticsearch.yml").write_text(json.dumps(settings))
    (configuration / "jvm.options").write_text(_JVM_OPTIONS)
    processes.give_files(home)
    return {"port": port, "url": f"http://127.0.0.1:{port}"}


def start(folder: Folder) -> int:
    home = folder.of(NAME)
    variables = {
        "ES_JAVA_HOME": str(artefacts.java_home("Elasticsearch", _JAVA)),
        "ES_PATH_CONF": str(home / "configuration"),
        "ES_TMPDIR": str(home / "temporary"),
        "CLI_JAVA_OPTS": "-Xmx64m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData",
    }
    command = [str(artefacts.elasticsearch_home() / "bin" / "elasticsearch")]
    return processes.spawn(folder, NAME, command, variables)


def pid(folder: Folder) -> int | None:
    """The server itself; the first process of the part is its launcher."""
    servers = (pid for pid in processes.found(folder, NAME) if _SERVER in _command(pid))
    return next(servers, None)


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def is_ready(noted: dict[str, Any]) -> bool:
    asked = f"{noted['url']}/_cluster/health?wait_for_status=yellow&wait_for_events=languid&timeout=5s"
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return not json.load(answer)["timed_out"]
    except (OSError, ValueError):
        return False


def variables(noted: dict[str, Any]) -> dict[str, str]:
    return {"KLANTBEELD_ELASTICSEARCH_URL": noted["url"]}


def stop(folder: Folder) -> None:
    processes.stop(folder, NAME, 30)


def kill(folder: Folder) -> None:
    processes.kill(folder, NAME)


def end(folder: Folder) -> None:
    """For good."""
    kill(folder)
