"""`klantbeeld demo`: an invented shop, ready to be looked at; nothing of it is left running at the end."""

import argparse
import logging
import os
import sys
import threading
import webbrowser
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from klantbeeld.cli.output import data, say
from klantbeeld.cli.serve import PORT, port

if TYPE_CHECKING:
    from klantbeeld.bootstrap import System

HOST: Final = "127.0.0.1"
DAYS: Final = 30


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=port, default=PORT, help=f"absent: {PORT}; 0: any that is free")
    parser.add_argument("--seed", type=int, help="tell another story (absent: always the same one)")
    parser.add_argument("--no-browser", action="store_true", help="do not open the page")


def run(arguments: argparse.Namespace) -> int:
    from api.app import create_app
    from api.server import HttpServer, bound, url_of
    from klantbeeld.bootstrap import opened
    from klantbeeld.cli import logs, serving
    from klantbeeld.settings import load
    from services.demo import DEFAULT_SEED, stage, story
    from services.demo.telling import tell
    from streams.everything import for_demo

    logs.configure(logging.WARNING)
    serving.interrupted_by_sigterm()
    given = replace(load(), public_url=None)
    listener = bound(HOST, arguments.port)
    say("Setting up an invented shop; this takes some seconds.")
    with listener, stage.emptied(given) as settings, opened(settings, unsafe=True) as system:
        stage.mark(system.database)
        with for_demo(system) as runners:
            system.watch(runners.halted)
            seed = DEFAULT_SEED if arguments.seed is None else arguments.seed
            tell(system.ingest, story(seed, system.clock()))
            runners.catch_up(system.log.ends())
            show = _Showing(system, url_of(listener), browser=_may_open(arguments))
            server = HttpServer(create_app(system), listener, show)
            return int(serving.serve_until_stopped(server, system).failed)


class _Showing:
    """Says what there is to see, once the server takes connections."""

    def __init__(self, system: "System", url: str, *, browser: bool) -> None:
        self._url, self._browser, now = url, browser, system.clock()
        self._tokens = _tokens(system.token_key, now)
        self._page = f"{url}/#token={self._tokens['agent']}"
        self._text = "\n".join([*self._places(), *self._access(), *self._lines(system, now)])

    def __call__(self) -> None:
        data(self._text)
        data(f"READY {self._url}")
        sys.stdout.flush()
        if self._browser:
            threading.Thread(target=webbrowser.open, args=[self._page], daemon=True).start()

    def _places(self) -> list[str]:
        from services.demo import HERO

        return [
            "",
            "The page of an agent, signed in:",
            self._page,
            f"Look up {HERO.email}: {HERO.name} waits for a parcel that is late.",
            "",
            "The API:",
            f"{self._url}/docs",
            f"{self._url}/openapi.json",
        ]

    def _access(self) -> list[str]:
        return ["", "Access tokens:", *(f"{role} {token}" for role, token in self._tokens.items())]

    def _lines(self, system: "System", now: datetime) -> list[str]:
        from services.demo import HERO
        from services.demo.tour import curl_lines

        found = system.reads.lookup([("email", HERO.email)])
        assert found.who
        lines = curl_lines(self._url, self._tokens, found.who.customer_id, now)
        return [text for what, line in lines for text in ("", f"{what[0].upper()}{what[1:]}:", line)] + [""]


def _tokens(key: bytes, now: datetime) -> Mapping[str, str]:
    """One for each role. The connector may send anything that connectors may; the agent is one of the story. What
    connector and service say was verified counts as such.
    """
    from api.roles import ROLES
    from api.tokens import issue
    from services.demo.staff import AGENTS

    agent = AGENTS[0]
    tokens: dict[str, str] = {
        role: issue(
            key, role=role, name=f"demo {role}", attests=role in ("connector", "service"), now=now, days=DAYS
        )
        for role in ROLES
    }
    tokens["agent"] = issue(
        key, role="agent", name=agent.name, id=agent.id, team=agent.team, now=now, days=DAYS
    )
    return tokens


def _may_open(arguments: argparse.Namespace) -> bool:
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(display) and not arguments.no_browser and not os.environ.get("CI")
