"""All that the API answers about some customers, in a form that two installations can be compared in. No test lives here.

Ids of customers follow from random tokens, so each id is replaced by the number of its first appearance: what is one thing
here must be one thing there. The other ids, and with them etags and the order of what happened at one time, follow from
the index key, which is made the same for both.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from starlette.testclient import TestClient

from api.app import create_app
from klantbeeld.bootstrap import opened, utc_now
from klantbeeld.log.sealing import seal
from klantbeeld.settings import load, master_key
from tests.api.desk.desk import Desk
from tests.e2e.looks import system_on
from tests.e2e.modes import Settings

LEFT_OUT: Final = frozenset({"freshness", "recorded_at", "position", "next_cursor", "prev_cursor", "score"})
"""When and where it was stored, how fresh it is, how well it fits."""
LISTS: Final = ("timeline", "orders", "agreements", "contacts", "follow-ups")
ONES: Final = {"orders": "order_id", "agreements": "agreement_id", "follow-ups": "follow_up_id"}
OURS: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
"""Ids that the system gives; those of the story look otherwise."""
FEW: Final = 7
"""Items a page, so that there are several."""
Identifier = Mapping[str, str]


@contextmanager
def desk_on(settings: Settings, now: datetime | None = None) -> Iterator[Desk]:
    """A desk of this installation; with `now` its clock stands still."""
    found = load({f"KLANTBEELD_{name.upper()}": value for name, value in settings.items()})
    with opened(found, clock=(lambda: now) if now else utc_now, pool=8) as system:
        yield Desk(TestClient(create_app(system), raise_server_exceptions=False), system)


def give_index_key(settings: Settings) -> None:
    """The same to whoever is given one, while nothing is stored there."""
    with system_on(**settings) as system, system.database.connection() as connection:
        wrapped = seal(master_key(system.settings), b"i" * 32, "index_key")
        connection.execute("UPDATE kept.secret SET wrapped = %s WHERE name = 'index_key'", [wrapped])


class Answers:
    """Asks one installation, and remembers its ids."""

    def __init__(self, desk: Desk, token: Mapping[str, str]) -> None:
        self._desk, self._token = desk, token
        self._numbers: dict[str, str] = {}

    def about(self, identifiers: Sequence[Identifier]) -> Any:
        """Who that is, the brief, every page of every list, and each thing in them by itself."""
        found = self._post("/v1/customers/lookup", {"identifiers": list(identifiers), "include": ["brief"]})
        told = {"lookup": found}
        if found.get("customer_id"):
            told |= self._all_of(f"/v1/customers/{found['customer_id']}")
        return self._plain(told)

    def queue(self) -> Any:
        items = list(self._pages("/v1/follow-ups"))
        return self._plain({"items": items, "counts": self._get("/v1/follow-ups/counts")})

    def hits(self, query: str) -> list[str]:
        """What is found by a query, in no order; titles, whose it is, and what is marked in it."""
        items: list[Any] = []
        asked: dict[str, str] = {"query": query}
        while asked:
            page = self._post("/v1/search", asked)
            items += page["items"]
            asked = {"query": query, "cursor": page["next_cursor"]} if page["next_cursor"] else {}
        return sorted(repr((one["kind"], one["title"], self._known(one))) for one in items)

    def _all_of(self, customer: str) -> dict[str, Any]:
        lists = {name: list(self._pages(f"{customer}/{name}")) for name in LISTS}
        ones = [self._get(f"/v1/{name}/{one[key]}") for name, key in ONES.items() for one in lists[name]]
        talks = dict.fromkeys(one["conversation_id"] for one in lists["contacts"] if one["conversation_id"])
        ones += [self._get(f"/v1/conversations/{id_}") for id_ in talks]
        return {"brief": self._get(customer), **lists, "one by one": ones}

    def _known(self, hit: Mapping[str, Any]) -> list[str]:
        return [self._numbers.get(str(hit[name]), "?") for name in ("id", "customer_id")]

    def _pages(self, path: str) -> Iterator[Any]:
        page = self._get(path, limit=FEW)
        while True:
            yield from page["items"]
            if not page.get("next_cursor"):
                return
            page = self._get(path, limit=FEW, cursor=page["next_cursor"])

    def _get(self, path: str, **query: Any) -> Any:
        answer = self._desk.api.get(path, params=query, headers=self._token)
        assert answer.status_code < 500, answer.text
        return answer.json()

    def _post(self, path: str, body: Any) -> Any:
        answer = self._desk.api.post(path, json=body, headers=self._token)
        assert answer.status_code < 500, answer.text
        return answer.json()

    def _plain(self, told: Any) -> Any:
        """The same without what differs between installations."""
        if isinstance(told, Mapping):
            return {name: self._plain(value) for name, value in told.items() if name not in LEFT_OUT}
        if isinstance(told, Iterable) and not isinstance(told, str):
            return [self._plain(one) for one in told]
        return self._number(told) if _is_id(told) else told

    def _number(self, id_: str) -> str:
        return self._numbers.setdefault(id_, f"#{len(self._numbers)}")


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and bool(OURS(value))


def differences(here: Any, there: Any, path: str = "") -> Iterator[str]:
    """Where two answers are not the same, and how."""
    if isinstance(here, dict) and isinstance(there, dict) and here.keys() == there.keys():
        for name in here:
            yield from differences(here[name], there[name], f"{path}.{name}")
    elif isinstance(here, list) and isinstance(there, list) and len(here) == len(there):
        for place, pair in enumerate(zip(here, there, strict=True)):
            yield from differences(*pair, f"{path}[{place}]")
    elif here != there:
        yield f"{path}: {here!r}, {there!r}"
