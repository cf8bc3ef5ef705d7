"""What the demo shows its visitors: lines for a shell, which work as they are pasted."""

import json
import shlex
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.demo.book import stamp
from services.demo.hero import HERO

JSON = "application/json"
EVENT = "application/cloudevents+json"


def curl_lines(url: str, tokens: Mapping[str, str], customer_id: str, now: datetime) -> list[tuple[str, str]]:
    """Pairs of what a line does and the line: one physical line that ends by itself."""
    agent, connector = tokens["agent"], tokens["connector"]
    wanted = {"identifiers": [{"type": "email", "value": HERO.email}], "include": ["brief"]}
    return [
        ("who is this, and what is going on", _post(f"{url}/v1/customers/lookup", agent, JSON, wanted)),
        (
            "the newest of her timeline",
            _get(f"{url}/v1/customers/{customer_id}/timeline?limit=5", agent),
        ),
        ("what is to be done", _get(f"{url}/v1/follow-ups?state=open&limit=5", agent)),
        ("search, with a slip of the pen", _post(f"{url}/v1/search", agent, JSON, {"query": "hoekstraa"})),
        ("she writes again", _post(f"{url}/v1/events", connector, EVENT, _message(now))),
    ]


def _get(url: str, token: str) -> str:
    return _curl(["-H", f"Authorization: Bearer {token}", url])


def _post(url: str, token: str, kind: str, body: Mapping[str, Any]) -> str:
    headers = ["-H", f"Authorization: Bearer {token}", "-H", f"Content-Type: {kind}"]
    return _curl([*headers, "-d", json.dumps(body, ensure_ascii=False), url])


def _curl(arguments: list[str]) -> str:
    return shlex.join(["curl", "-sS", "-w", "\\n", *arguments])


def _message(now: datetime) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "source": "/demo/terminal",
        "id": "pasted-1",
        "type": "klantbeeld.interaction.recorded",
        "time": stamp(now),
        "data": {
            "identifiers": [{"type": "email", "value": HERO.email}],
            "channel": "chat",
            "direction": "inbound",
            "text": "Is er al nieuws over mijn pakket?",
        },
    }
