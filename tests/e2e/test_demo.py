"""The demo as a visitor meets it: set up, pasted from, stopped; and nothing of it stays."""

import errno
import json
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from api.roles import ROLES
from services.demo import HERO
from tests.e2e.commands import Command, ask, command, is_quiet, run
from tests.e2e.modes import Mode, Settings, processes_on
from tests.waiting import until


@pytest.fixture(scope="module")
def settings(mode: Mode) -> Settings:
    return mode.new()


@pytest.fixture(scope="module")
def demo(settings: Settings) -> Iterator[Command]:
    """Ready."""
    with command("demo", "--no-browser", "--port", "0", **settings) as made:
        made.until(lambda: "\nREADY " in made.out)
        yield made


def url_of(demo: Command) -> str:
    last = demo.out.splitlines()[-1]
    assert last.startswith("READY http://127.0.0.1:")
    return last.removeprefix("READY ")


def tokens_of(demo: Command) -> dict[str, str]:
    return dict(re.findall(r"^([a-z]+) (eyJ[\w.-]+)$", demo.out, re.MULTILINE))


def curl_lines(demo: Command) -> list[str]:
    return [line for line in demo.out.splitlines() if line.startswith("curl ")]


def test_ready_is_the_last_line_and_nothing_went_wrong(demo: Command) -> None:
    assert url_of(demo)
    assert demo.err == "Setting up an invented shop; this takes some seconds.\n"


def test_every_role_gets_a_token_that_the_api_takes(demo: Command) -> None:
    tokens = tokens_of(demo)
    assert tuple(tokens) == ROLES
    for role, token in tokens.items():
        status, session = ask(f"{url_of(demo)}/v1/session", token)
        assert (status, session["role"]) == (200, role)


def test_the_access_token_of_a_service_reads_the_brief_of_a_verified_customer(demo: Command) -> None:
    verified = {"type": "email", "value": HERO.email, "strength": "verified"}
    asked = json.dumps({"identifiers": [verified], "include": ["brief"]}).encode()
    status, found = ask(f"{url_of(demo)}/v1/customers/lookup", tokens_of(demo)["service"], asked)
    assert (status, found["brief"]["display_name"]) == (200, "Fleur Hoekstra")


def test_the_page_opens_signed_in_as_an_agent(demo: Command) -> None:
    assert f"\n{url_of(demo)}/#token={tokens_of(demo)['agent']}\n" in demo.out


def test_every_curl_line_works_as_pasted(demo: Command) -> None:
    if shutil.which("curl") is None:
        pytest.skip("needs curl: apt-get install curl")
    lines = curl_lines(demo)
    assert len(lines) >= 3
    refused = {line: status for line in lines if not (status := status_of(line)).startswith("2")}
    assert not refused


def status_of(line: str) -> str:
    """What a pasted line is answered with: at its end curl is asked to say that instead of the answer itself."""
    assert not set("|#\n") & set(re.sub(r"'[^']*'", "", line))
    pasted = subprocess.run(
        ["bash", "-c", f"{line} -o /dev/null -w '%{{http_code}}'"],
        capture_output=True, text=True, timeout=20, check=True,
    )  # fmt: skip
    return pasted.stdout


def test_the_customer_to_follow_waits_for_a_late_parcel(demo: Command) -> None:
    line = next(line for line in curl_lines(demo) if "lookup" in line)
    body = re.search(r"-d '(\{.*\})'", line)
    assert body
    status, found = ask(f"{url_of(demo)}/v1/customers/lookup", tokens_of(demo)["agent"], body[1].encode())
    brief = found["brief"]
    assert (status, found["customer_id"]) == (200, brief["customer_id"])
    assert brief["orders"]["open"]
    assert "broken" in {agreement["state"] for agreement in brief["agreements"]["recent"]}
    assert brief["freshness"]["incomplete"] == []


def test_search_knows_the_story(demo: Command) -> None:
    def knows() -> bool:
        """Elasticsearch shows what it holds after a moment."""
        status, hits = ask(f"{url_of(demo)}/v1/search", tokens_of(demo)["agent"], b'{"query": "Hoekstra"}')
        assert status == 200
        return any("Hoekstra" in hit["title"] for hit in hits["items"])

    until(knows)


def test_a_second_demo_is_refused_while_one_runs(demo: Command, settings: Settings) -> None:
    second = run("demo", "--no-browser", "--port", "0", **settings)
    assert (second.returncode, second.stdout) == (1, "")
    assert "error demo_runs_already: " in second.stderr
    assert ask(f"{url_of(demo)}/readyz", "")[0] == 200


def test_a_port_that_is_taken_is_named_before_anything_starts(
    demo: Command, new_folder: Callable[[], Path]
) -> None:
    port = str(urlsplit(url_of(demo)).port)
    elsewhere = new_folder()
    for words in (["demo", "--no-browser"], ["serve"]):
        refused = run(*words, "--port", port, data_dir=str(elsewhere))
        assert refused.returncode == 1
        assert f"error port_taken: another program listens on port {port}" in refused.stderr
    assert not elsewhere.exists()


def test_ctrl_c_ends_it_and_leaves_nothing_running(demo: Command, settings: Settings) -> None:
    port = urlsplit(url_of(demo)).port
    assert demo.signalled(signal.SIGINT) == 0
    assert is_quiet(Path(settings["data_dir"], "demo"))
    assert processes_on(settings) == []
    with socket.socket() as caller:
        assert caller.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED
    assert "Traceback" not in demo.err


def test_a_killed_demo_takes_its_database_along_and_the_next_one_starts_anew(
    new_folder: Callable[[], Path],
) -> None:
    folder = new_folder()
    with command("demo", "--no-browser", "--port", "0", data_dir=str(folder)) as killed:
        killed.until(lambda: (folder / "demo" / "postgresql" / "cluster").exists())
        killed.signalled(signal.SIGKILL)
    with command("demo", "--no-browser", "--port", "0", data_dir=str(folder)) as demo:
        demo.until(lambda: "\nREADY " in demo.out)
        demo.signalled(signal.SIGKILL)
    until(lambda: is_quiet(folder / "demo"))


def test_a_killed_demo_takes_its_workers_along_and_the_next_one_knows_nothing_of_it(
    distributed: Mode,
) -> None:
    settings = distributed.new()
    with command("demo", "--no-browser", "--port", "0", "--seed", "1", **settings) as killed:
        killed.until(lambda: "\nREADY " in killed.out)
        killed.signalled(signal.SIGKILL)
    until(lambda: processes_on(settings) == [])
    with command("demo", "--no-browser", "--port", "0", "--seed", "2", **settings) as demo:
        demo.until(lambda: "\nREADY " in demo.out)
        assert demo.signalled(signal.SIGTERM) == 0
    demos = {
        **settings,
        "data_dir": str(Path(settings["data_dir"], "demo")),
        "topic_prefix": f"{settings['topic_prefix']}demo.",
    }
    verified = run("verify", "--json", **demos)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert processes_on(settings) == []
