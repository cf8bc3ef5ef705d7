"""The lock files pin all that pyproject.toml asks for, with hashes, and name no place to fetch it from."""

import re
import tomllib
from functools import cache
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.guards.checkout import ROOT, texts

RUNTIME = "requirements/runtime.txt"
DISTRIBUTED = "requirements/distributed.txt"
DEVELOPMENT = "requirements/dev.txt"
PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)
ADDRESS = re.compile(r"https?://[^\s\"'<>)]+")
SOURCE_HOST = re.compile(
    r"https?://[^\s/]*(?:pypi|pythonhosted|npmjs|yarnpkg|maven|crates|golang|debian|gems)"
)
NAMESPACE = re.compile(r"https?://(?:maven\.apache\.org/(?:POM|xsd)/|www\.w3\.org/)")
PACKAGE_FILES = re.compile(
    r"(^requirements/|^pyproject\.toml$|pom\.xml$|package(-lock)?\.json$|settings\.xml$|\.npmrc$|pip\.conf$|\.lock$)"
)
SOURCE_OPTION = re.compile(r"^\s*(--(extra-)?index-url|--find-links|-i |-f |index-url)", re.MULTILINE)


@cache
def _project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return project


@cache
def _pins(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text()
    return {canonicalize_name(match[1]): match[2] for match in PIN.finditer(text)}


def _wanted(*extras: str) -> list[Requirement]:
    optional = _project()["optional-dependencies"]
    lists = [_project()["dependencies"], *(optional[extra] for extra in extras)]
    return [Requirement(line) for lines in lists for line in lines]


@pytest.mark.parametrize(
    ("lock", "extras"),
    [(RUNTIME, ()), (DISTRIBUTED, ("distributed",)), (DEVELOPMENT, ("dev", "distributed"))],
)
def test_the_lock_pins_every_dependency_within_its_limits(lock: str, extras: tuple[str, ...]) -> None:
    pins = _pins(lock)
    unmet = [
        str(wanted)
        for wanted in _wanted(*extras)
        if not wanted.specifier.contains(pins.get(canonicalize_name(wanted.name), "0"), prereleases=True)
    ]
    assert not unmet, f"run `make lock`: {unmet}"


@pytest.mark.parametrize("lock", [RUNTIME, DISTRIBUTED, DEVELOPMENT])
def test_the_lock_holds_nothing_but_pins_with_hashes_and_comments(lock: str) -> None:
    rest = PIN.sub("", (ROOT / lock).read_text())
    assert not [line for line in rest.splitlines() if line.strip() and not line.lstrip().startswith("#")]


@pytest.mark.parametrize("lock", [RUNTIME, DISTRIBUTED, DEVELOPMENT])
def test_the_lock_brings_the_build_backend_so_nothing_unpinned_is_fetched(lock: str) -> None:
    assert {"hatchling", "editables"} <= _pins(lock).keys()


@pytest.mark.parametrize(("small", "large"), [(RUNTIME, DISTRIBUTED), (DISTRIBUTED, DEVELOPMENT)])
def test_the_locks_agree_on_every_version(small: str, large: str) -> None:
    fewer, more = _pins(small), _pins(large)
    assert fewer
    assert {name: more.get(name) for name in fewer} == fewer


def test_no_package_file_holds_an_address() -> None:
    found = [
        f"{name}: {address[0]}"
        for name, text in texts()
        if PACKAGE_FILES.search(name)
        for address in ADDRESS.finditer(text)
        if not NAMESPACE.match(address[0])
    ]
    assert not found


def test_no_package_file_chooses_a_package_source() -> None:
    assert not [
        name
        for name, text in texts(".txt", ".in", ".conf", ".toml", ".cfg")
        if PACKAGE_FILES.search(name) and SOURCE_OPTION.search(text)
    ]


def test_no_committed_file_holds_the_address_of_a_package_source() -> None:
    found = [
        f"{name}: {address[0]}"
        for name, text in texts()
        for address in SOURCE_HOST.finditer(text)
        if not NAMESPACE.match(text, address.start())
    ]
    assert not found
