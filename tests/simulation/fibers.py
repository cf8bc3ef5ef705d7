"""Work that can stand still anywhere and go on later, always one at a time: threads that hand on a baton.

A fiber that nobody needs to hold up runs in the caller's thread, which is far cheaper.
"""

import threading
from collections.abc import Callable


class Killed(BaseException):
    """The process that runs this is gone."""


class Fiber:
    """One piece of work. `go` runs it until it pauses or ends; what it raises but `Killed` is raised by `go`."""

    _current: "Fiber | None" = None

    def __init__(self, work: Callable[[], None]) -> None:
        self.work = work
        self.ready: Callable[[], bool] | None = None
        self.done = self.doomed = False
        self.failure: BaseException | None = None
        self._carrier: _Carrier | None = None

    @classmethod
    def current(cls) -> "Fiber | None":
        """The fiber that runs now and may be paused."""
        return cls._current

    def runnable(self) -> bool:
        return self.doomed or self.ready is None or self.ready()

    def go(self) -> None:
        Fiber._current = self
        if self._carrier is None:
            self._carrier = _idle.pop() if _idle else _Carrier()
            self._carrier.fiber = self
        self._carrier.resume()
        Fiber._current = None
        if self.done:
            _idle.append(self._carrier)
            if self.failure is not None:
                raise self.failure

    def pause(self, ready: Callable[[], bool] | None = None) -> None:
        """Called by the fiber itself. It goes on when `go` is called again; `ready` tells whether that has a use."""
        assert self._carrier
        self.ready = ready
        self._carrier.suspend()
        self.ready = None
        if self.doomed:
            raise Killed

    def kill(self) -> None:
        """Let it end where it stands."""
        if not self.done:
            self.doomed = True
            self.go()

    def run(self) -> None:
        try:
            self.work()
        except Killed:
            pass
        except BaseException as error:
            self.failure = error
        self.done = True


class _Carrier:
    """A thread that carries fibers, one after another."""

    def __init__(self) -> None:
        self.fiber: Fiber | None = None
        self._go, self._back = threading.Lock(), threading.Lock()
        self._go.acquire()
        self._back.acquire()
        threading.Thread(target=self._carry, name="fiber", daemon=True).start()

    def resume(self) -> None:
        self._go.release()
        self._back.acquire()

    def suspend(self) -> None:
        self._back.release()
        self._go.acquire()

    def _carry(self) -> None:
        while True:
            self._go.acquire()
            assert self.fiber
            self.fiber.run()
            self._back.release()


_idle: list[_Carrier] = []


class Clock:
    """Seconds that pass only when somebody waits. Stands in for the module `time`."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


class SimulatedLock:
    """A lock among the fibers of one process."""

    def __init__(self) -> None:
        self._held = False

    def __enter__(self) -> None:
        while self._held:
            fiber = Fiber.current()
            assert fiber, "whoever waits here waits for ever"
            fiber.pause(lambda: not self._held)
        self._held = True

    def __exit__(self, *_: object) -> None:
        self._held = False


class SimulatedEvent:
    """A flag; waiting for it lets others go on."""

    waited: Callable[[float], None]

    def __init__(self) -> None:
        self._given = False

    def is_set(self) -> bool:
        return self._given

    def set(self) -> None:
        self._given = True

    def wait(self, timeout: float) -> bool:
        type(self).waited(timeout)
        if not self._given and (fiber := Fiber.current()):
            fiber.pause()
        return self._given


class Threading:
    """Stands in for the module `threading`."""

    Lock, Event = SimulatedLock, SimulatedEvent
