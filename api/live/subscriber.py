"""One client of the live stream: its interest, and what waits to be sent to it."""

import asyncio
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from api.live.news import Interest, News, reset

WAITING: Final = 1000
"""What a client may leave unread before it is told to read everything anew."""


class Subscriber:
    """Filled by the hub's thread, emptied in the event loop in which it was made."""

    def __init__(self, interest: Interest) -> None:
        self.interest = interest
        self.position: str | None = None
        """Up to which it has heard everything that it wants to hear."""
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[News] = deque()
        self._arrived = asyncio.Event()

    def tell(self, news: Iterable[News], position: str) -> None:
        """From any thread: these, as far as it wants them; then everything up to `position` was told."""
        wanted = [one for one in news if one.name == "reset" or self.interest.wants(one)]
        with suppress(RuntimeError):  # the loop is closed: nobody is there to read it
            self._loop.call_soon_threadsafe(self._take, wanted, position)

    def _take(self, news: list[News], position: str) -> None:
        self._waiting.extend(news)
        if len(self._waiting) > WAITING:
            self._waiting.clear()
            self._waiting.append(reset(position))
        self.position = position
        if news:
            self._arrived.set()

    async def next(self, timeout: float) -> list[News]:
        """What has come in; nothing when nothing came for that long."""
        try:
            async with asyncio.timeout(timeout):
                await self._arrived.wait()
        except TimeoutError:
            return []
        self._arrived.clear()
        found = list(self._waiting)
        self._waiting.clear()
        return found
