"""The HTTP server: one process, one socket, ends within seconds when told to.

Which application it serves, and who tells it to end, is the caller's affair.
"""

import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp

BACKLOG: Final = 2048
GRACE: Final = 3
"""Seconds that requests get to end by themselves; then they are cancelled, open event streams too."""


class CannotListen(Exception):
    """`code` is `port_taken` or `cannot_listen`; the message is for the operator."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def bound(host: str, port: int) -> socket.socket:
    """A socket that belongs to us and does not listen yet; port 0 takes any. Raises `CannotListen`."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
        try:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(address)
        except BaseException:
            found.close()
            raise
        return found
    except (OSError, OverflowError) as error:
        raise _refusal(host, port, error) from None


def _refusal(host: str, port: int, error: Exception) -> CannotListen:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return CannotListen("port_taken", f"another program listens on port {port}: stop it, or use --port")
    reason = error.strerror if isinstance(error, OSError) else "there is no such port"
    return CannotListen("cannot_listen", f"{host} port {port}: {reason}")


def url_of(listener: socket.socket) -> str:
    """Where a browser on this machine finds it."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class HttpServer(uvicorn.Server):
    """`run` blocks until `stop`. `started_up` is called once connections are taken."""

    def __init__(self, app: ASGIApp, listener: socket.socket, started_up: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=BACKLOG,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=GRACE,
        )
        super().__init__(config)
        self._listener, self._started_up = listener, started_up

    def serve_until_stopped(self) -> None:
        """Blocks; the socket is closed at the end."""
        try:
            self.run(sockets=[self._listener])
        finally:
            self._listener.close()

    def stop(self) -> None:
        """Safe from signal handlers and other threads; the second time it no longer waits for requests to end."""
        self.force_exit = self.should_exit
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._started_up()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the caller's affair: uvicorn would end the process before anything is tidied up."""
        yield
