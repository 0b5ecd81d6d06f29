"""Greenlets under a virtual clock: the one who is due next goes on, and nobody else meanwhile."""

import heapq
from collections.abc import Callable
from typing import Any

from greenlet import getcurrent, greenlet


class Killed(BaseException):
    """The process is dead: nothing of it goes on, not even what handles errors."""


class Process:
    """What dies together: its greenlets, and whatever they keep in memory."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_dead = False
        self.tasks: dict[Task, None] = {}  #: in their order


class Task(greenlet):
    """A greenlet of a process."""

    def __init__(self, loop: "Loop", work: Callable[[], Any], process: Process) -> None:
        super().__init__(parent=loop.hub)
        self.process = process
        #: what is raised when it waits longer than until then
        self.limit_us: int | None = None
        self.too_long: type[Exception] = TimeoutError
        self._loop = loop
        self._work = work
        process.tasks[self] = None

    def run(self, *_: object) -> None:
        """Do the work; whatever it raises unhandled is the loop's to report."""
        try:
            if not self.process.is_dead:
                self._work()
        except Killed:
            pass
        except Exception as error:  # noqa: BLE001  -- reported
            self._loop.report(self.process, error)
        finally:
            self.process.tasks.pop(self, None)


class Loop:
    """The virtual clock, and who goes on when."""

    def __init__(self, start_us: int, *, report: Callable[[Process, Exception], None]) -> None:
        self.now_us = start_us
        self.report = report
        self.hub = getcurrent()
        self._due: list[tuple[int, int, Any]] = []
        self._count = 0
        self._until_us = start_us

    def call_in(self, seconds: float, work: Callable[[], Any]) -> None:
        """Have `work` done in so many seconds, by nobody in particular; it must not wait."""
        self._push(seconds, work)

    def spawn(self, work: Callable[[], Any], process: Process, *, after_s: float = 0.0) -> Task:
        """Begin a task of a process."""
        task = Task(self, work, process)
        self._push(after_s, task)
        return task

    def sleep(self, seconds: float) -> None:
        """Let others go on for so long. Raises Killed if the process dies meanwhile."""
        me: Any = getcurrent()
        until_us = self.now_us + int(seconds * 1e6) if seconds > 0 else self.now_us
        if until_us <= self._until_us and (not self._due or self._due[0][0] > until_us):
            # Nobody else is due before: there is nobody to switch to.
            self.now_us = until_us
        else:
            self._push_at(until_us, me)
            self.hub.switch()
        while True:
            if me.process.is_dead:
                raise Killed
            if me.limit_us is not None and self.now_us >= me.limit_us:
                me.limit_us = None
                raise me.too_long
            # Otherwise woken for something that it waited for before.
            if self.now_us >= until_us:
                return
            self.hub.switch()

    def park(self) -> None:
        """Let others go on until somebody calls `wake`. Raises Killed as `sleep` does."""
        self.hub.switch()
        if getcurrent().process.is_dead:  # type: ignore[attr-defined]
            raise Killed

    def wake(self, task: Any) -> None:
        """Let a parked task go on."""
        self._push(0.0, task)

    def kill(self, process: Process) -> None:
        """End a process: its tasks raise Killed wherever they wait, the present one at once."""
        process.is_dead = True
        me = getcurrent()
        for task in list(process.tasks):
            if task is not me:
                self._push(0.0, task)
        if isinstance(me, Task) and me.process is process:
            raise Killed

    def run(self, *, until_us: int) -> None:
        """Go on until nothing is left, or until the time has come."""
        due = self._due
        self._until_us = until_us
        while due and due[0][0] <= until_us:
            at_us, _, who = heapq.heappop(due)
            self.now_us = max(self.now_us, at_us)
            if isinstance(who, Task):
                # One that was woken twice may have ended meanwhile.
                if not who.dead:
                    who.switch()
            else:
                who()
        self.now_us = max(self.now_us, until_us)

    def _push(self, seconds: float, who: Any) -> None:
        self._push_at(self.now_us + int(seconds * 1e6), who)

    def _push_at(self, at_us: int, who: Any) -> None:
        self._count += 1
        heapq.heappush(self._due, (at_us, self._count, who))
