"""A keep-alive HTTP/1.1 connection with as little between the clock and the socket as can be.

It knows what the server under test answers and no more: status, headers, and a body of declared length.
"""

import json
import socket
from collections.abc import Iterable
from typing import Any, Final

CHUNK: Final = 262_144
PATIENCE: Final = 120
"""Reads in vain, of up to 5 s each, until the benchmark gives up."""
BATCH: Final = "application/cloudevents-batch+json"
EVENT: Final = "application/cloudevents+json"


class Unexpected(Exception):
    """The server answered something that the benchmark cannot go on with."""


class Wire:
    """One connection; not for several threads at once."""

    def __init__(self, port: int, token: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._always = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n".encode()
        self._left = b""

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def get(self, path: str) -> tuple[int, bytes]:
        self._socket.sendall(b"GET %b HTTP/1.1\r\n%b\r\n" % (path.encode(), self._always))
        return self._answer()

    def post(self, path: str, kind: str, body: bytes) -> tuple[int, bytes]:
        head = f"POST {path} HTTP/1.1\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n".encode()
        self._socket.sendall(head + self._always + b"\r\n" + body)
        return self._answer()

    def took(self, body: bytes, events: int, kind: str = BATCH) -> str:
        """Post events that must all be accepted; the position they can be read from."""
        status, text = self.post("/v1/events", kind, body)
        told = json.loads(text)
        if status != 202 or told["accepted"] != events:
            raise Unexpected(f"{status} {text[:300]!r}")
        position: str = told["position"]
        return position

    def found(self, path: str) -> Any:
        """The JSON of a read that must succeed."""
        status, text = self.get(path)
        if status != 200:
            raise Unexpected(f"{path}: {status} {text[:300]!r}")
        return json.loads(text)

    def known(self, identifiers: Iterable[tuple[str, str]]) -> list[str]:
        """The customer ids behind those identifiers that have one."""
        found = [self._looked_up(one, "") for one in identifiers]
        return [json.loads(text)["customer_id"] for status, text in found if status == 200]

    def customer(self, identifier: tuple[str, str]) -> str:
        """The customer id behind an identifier that must be known."""
        return self.known([identifier])[0]

    def until_visible(self, identifier: tuple[str, str], position: str) -> None:
        """Look somebody up, known or not, until the read models have come past the position."""
        for _ in range(PATIENCE):
            status, text = self._looked_up(identifier, f"?wait_for={position}")
            if status in (200, 404):
                return
            if status != 504:
                raise Unexpected(f"lookup: {status} {text[:300]!r}")
        raise Unexpected("minutes later the events cannot be read yet")

    def _looked_up(self, identifier: tuple[str, str], query: str) -> tuple[int, bytes]:
        asked = json.dumps({"identifiers": [{"type": identifier[0], "value": identifier[1]}]}).encode()
        return self.post("/v1/customers/lookup" + query, "application/json", asked)

    def _answer(self) -> tuple[int, bytes]:
        while (end := self._left.find(b"\r\n\r\n")) < 0:
            self._receive()
        head, body = self._left[:end], self._left[end + 4 :]
        status, length = int(head[9:12]), _length(head)
        parts, have = [body], len(body)
        while have < length:
            parts.append(self._socket.recv(CHUNK))
            if not parts[-1]:
                raise Unexpected("the server hung up")
            have += len(parts[-1])
        whole = b"".join(parts)
        self._left = whole[length:]
        return status, whole[:length]

    def _receive(self) -> None:
        more = self._socket.recv(CHUNK)
        if not more:
            raise Unexpected("the server hung up")
        self._left += more


def _length(head: bytes) -> int:
    lower = head.lower()
    start = lower.find(b"\r\ncontent-length:")
    if start < 0:
        raise Unexpected("an answer without a length")
    return int(lower[start + 17 :].split(b"\r\n", 1)[0])
