"""Small calls that come at the same time, done as one: what a call costs in exchanges, many share.

Nobody waits for company: who finds a place free begins at once, and what comes meanwhile is the next one's.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from copy import copy
from typing import Final, Generic, TypeVar

AT_ONCE: Final = 2
"""Calls under way at the same time: one waits for the log while another seals."""
MOST: Final = 200
"""Items done as one."""

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Work = Callable[[Sequence[Item]], Sequence[Answer]]


class _Call(Generic[Item, Answer]):
    """What one thread brought, and what became of it: answers, an error of all, or nothing when it is to be done alone."""

    __slots__ = ("answers", "done", "error", "items")

    def __init__(self, items: Sequence[Item]) -> None:
        self.items, self.done = items, False
        self.answers: Sequence[Answer] | None = None
        self.error: Exception | None = None


class Together(Generic[Item, Answer]):
    """Does `work` on what several threads bring. It answers item by item, in order, and each as if it stood alone.

    An error of one of the kinds in `everybodys` is raised to all who shared the call. After any other each does its own
    again alone: it may be due to what somebody else brought.
    """

    def __init__(self, work: "Work[Item, Answer]", everybodys: type[Exception]) -> None:
        self._work, self._everybodys = work, everybodys
        self._changed = threading.Condition()
        self._waiting: deque[_Call[Item, Answer]] = deque()
        self._under_way = 0

    @property
    def waiting(self) -> int:
        """Calls that wait for a place."""
        return len(self._waiting)

    def do(self, items: Sequence[Item]) -> Sequence[Answer]:
        """The answers for these. Raises what the work raises."""
        call: _Call[Item, Answer] = _Call(items)
        shared = self._joined(call)
        if shared:
            self._share(shared)
        if call.error:
            raise copy(call.error) if isinstance(call.error, self._everybodys) else call.error
        return self._work(items) if call.answers is None else call.answers

    def _joined(self, call: "_Call[Item, Answer]") -> "list[_Call[Item, Answer]]":
        """Wait until the call is done, or a place is free: then what is to be done there, this call included."""
        with self._changed:
            self._waiting.append(call)
            while not call.done:
                if self._under_way < AT_ONCE and call in self._waiting:
                    self._under_way += 1
                    return self._taken(call)
                self._changed.wait()
            return []

    def _taken(self, call: "_Call[Item, Answer]") -> "list[_Call[Item, Answer]]":
        self._waiting.remove(call)
        shared, size = [call], len(call.items)
        while self._waiting and size + len(self._waiting[0].items) <= MOST:
            shared.append(self._waiting.popleft())
            size += len(shared[-1].items)
        return shared

    def _share(self, shared: "list[_Call[Item, Answer]]") -> None:
        try:
            answers = iter(self._work([item for call in shared for item in call.items]))
            for call in shared:
                call.answers = [next(answers) for _ in call.items]
        except self._everybodys as error:
            for call in shared:
                call.error = error
        except Exception as error:
            if len(shared) == 1:
                shared[0].error = error
        finally:
            with self._changed:
                self._under_way -= 1
                for call in shared:
                    call.done = True
                self._changed.notify_all()
