"""Kafka: one node that is broker and controller, KRaft. Ready when it names itself in an answer to a metadata request."""

import base64
import socket
import struct
import subprocess
import uuid
from typing import Any

from klantbeeld.postgres_server.accounts import server_account, system_environment
from local import artefacts, processes
from local.folder import Folder
from local.problems import StackError

NAME = "kafka"
_JAVA = 17
_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "auto.create.topics.enable": "false",
    "log.retention.ms": "-1",
    "log.retention.bytes": "-1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    # A killed broker is let in again when its old session is over.
    "broker.heartbeat.interval.ms": "500",
    "broker.session.timeout.ms": "2000",
    "controller.quorum.election.timeout.ms": "500",
    "num.network.threads": "2",
    "num.io.threads": "4",
    # By default a third of this heap.
    "log.cleaner.dedupe.buffer.size": "16777216",
    # Each partition reserves two of these; the file is sparse, the address space is not.
    "log.index.size.max.bytes": "1048576",
    "log.segment.delete.delay.ms": "1000",
}
# Performance data would lie in a file outside of the folder.
_JVM = ["-Xms256m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData"]
_TOOL_JVM = ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]
_QUIET = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true"]
_METADATA, _VERSION, _NO_TOPICS = 3, 1, 0


def check() -> None:
    """Raise `StackError` when what it needs is not on this machine."""
    artefacts.java_home("Kafka", _JAVA)
    artefacts.parts()


def prepare(folder: Folder) -> dict[str, Any]:
    """Choose its ports and format its storage; what is to be noted about it."""
    port, controller_port = processes.free_ports(2)
    home = processes.own_folder(folder, NAME)
    settings = _SETTINGS | {
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "log.dirs": str(home / "data"),
    }
    properties = home / "server.properties"
    properties.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    processes.give_files(home)
    _format(folder)
    return {"port": port, "bootstrap": f"127.0.0.1:{port}"}


def _format(folder: Folder) -> None:
    cluster_id = base64.urlsafe_b64encode(b"\0" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
    done = subprocess.run(
        [
            *_java(_TOOL_JVM), "kafka.tools.StorageTool", "format",
            "--cluster-id", cluster_id, "--config", "server.properties",
        ],
        cwd=folder.of(NAME), env=system_environment(), capture_output=True, text=True, check=False, umask=0o077,
        **server_account().run_as(),
    )  # fmt: skip
    if done.returncode:
        raise StackError(
            f"Kafka could not format its storage: {' '.join((done.stderr or done.stdout).split())}"
        )


def _java(options: list[str]) -> list[str]:
    java = artefacts.java_home("Kafka", _JAVA) / "bin" / "java"
    return [str(java), *options, *_QUIET, "-cp", f"{artefacts.parts() / 'kafka'}/*"]


def start(folder: Folder) -> int:
    return processes.spawn(folder, NAME, [*_java(_JVM), "kafka.Kafka", "server.properties"], {})


def pid(folder: Folder) -> int | None:
    return next(iter(processes.found(folder, NAME)), None)


def is_ready(noted: dict[str, Any]) -> bool:
    try:
        return noted["port"] in _broker_ports(noted["port"])
    except (OSError, struct.error):
        return False


def _broker_ports(port: int) -> list[int]:
    """The ports of the brokers that are in service, asked with Kafka's own protocol."""
    request = struct.pack(">hhih", _METADATA, _VERSION, 1, -1) + struct.pack(">i", _NO_TOPICS)
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as connection,
        connection.makefile("rb") as answer,
    ):
        connection.sendall(struct.pack(">i", len(request)) + request)
        _, _, brokers = struct.unpack(">iii", answer.read(12))
        return [_read_broker(answer.read) for _ in range(brokers)]


def _read_broker(read: Any) -> int:
    """One broker of the answer: node id, host, port, rack."""
    (host_length,) = struct.unpack(">4xh", read(6))
    read(host_length)
    port, rack_length = struct.unpack(">ih", read(6))
    read(max(rack_length, 0))
    return int(port)


def variables(noted: dict[str, Any]) -> dict[str, str]:
    return {"KLANTBEELD_KAFKA_BOOTSTRAP": noted["bootstrap"]}


def stop(folder: Folder) -> None:
    processes.stop(folder, NAME, 30)


def kill(folder: Folder) -> None:
    processes.kill(folder, NAME)


def end(folder: Folder) -> None:
    """For good."""
    kill(folder)
