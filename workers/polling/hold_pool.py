"""Who waits for ends: threads of the process, each behind one request that MaxCompute holds.

They are no lanes: a request that is held occupies its thread for seconds, and nothing is lost when
the process ends in the middle of it, because the run is polled all the same.
"""

import heapq
import logging
import secrets
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum, unique

from redis.exceptions import RedisError

log = logging.getLogger(__name__)

#: Whoever waits for a place waits in the process's memory. Of more the oldest are only polled.
MOST_WAITING = 200

#: A process that ends waits so long for polls of what has ended, and for no request that is held.
CLOSE_WITHIN = timedelta(seconds=10)
_CLOSE_STEP_S = 0.02


@unique
class Held(Enum):
    """What came of one request."""

    RUNNING = "running"  #: it was held, and the instance goes on
    ENDED = "ended"
    NOT_HELD = "not_held"  #: nobody waits for this run any more


#: Waits once for the end of a run.
Hold = Callable[[str], Held]


class HoldPool:
    """Waits for the ends of runs, as many as there are places, the youngest first. Thread-safe."""

    def __init__(self, hold: Hold, poll: Callable[[str], None], *, places: int) -> None:
        """`hold` waits for a run's end, and `poll` reports the end; both may raise anything."""
        self.places = places
        self.owner = secrets.token_hex(8)  #: whose the marks of its runs are
        self._hold, self._poll = hold, poll
        self._lock = threading.Lock()
        self._waiting: list[tuple[float, str]] = []  #: a heap, the youngest first
        self._held: dict[str, float] = {}  #: runs under way, by when they began
        self._idle: list[threading.Event] = []
        self._threads = 0
        self._polling = 0
        self._is_closed = False

    def add(self, run_id: str, started_at: datetime) -> None:
        """Have the end of a run waited for, unless it is already."""
        with self._lock:
            is_known = run_id in self._held or any(run_id == one for _, one in self._waiting)
            if is_known or self._is_closed or self.places < 1:
                return
            self._put(run_id, -started_at.timestamp())
            wake = self._idle.pop() if self._idle else None
            is_new = wake is None and self._threads < self.places
            self._threads += is_new
        if wake is not None:
            wake.set()
        elif is_new:
            threading.Thread(target=self._work, name="hold", daemon=True).start()

    @property
    def is_closed(self) -> bool:
        """Whether its runs are left to others."""
        return self._is_closed

    def busy(self) -> int:
        """Return how many requests are held, or about to be."""
        with self._lock:
            return len(self._held)

    def close(self) -> list[str]:
        """Take nothing else, and return the runs that nobody here waits for any more.

        Polls of those that have ended are finished; requests that are held are abandoned.
        """
        with self._lock:
            self._is_closed = True
            left = [*self._held, *(run_id for _, run_id in self._waiting)]
            self._waiting.clear()
            idle, self._idle = self._idle, []
        for wake in idle:
            wake.set()
        until_s = time.monotonic() + CLOSE_WITHIN.total_seconds()
        while self._polling > 0 and time.monotonic() < until_s:
            time.sleep(_CLOSE_STEP_S)
        return left

    def _put(self, run_id: str, order: float) -> None:
        heapq.heappush(self._waiting, (order, run_id))
        if len(self._waiting) > MOST_WAITING:
            oldest = max(self._waiting)
            self._waiting.remove(oldest)
            heapq.heapify(self._waiting)

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            run_id, order = taken
            while self._wait_once(run_id):
                if self._has_yielded(run_id, order):
                    break
            else:
                with self._lock:
                    self._held.pop(run_id, None)

    def _take(self) -> tuple[str, float] | None:
        """Return the youngest run that waits, and its order; None once the pool is closed."""
        while True:
            with self._lock:
                if self._is_closed:
                    return None
                if self._waiting:
                    order, run_id = heapq.heappop(self._waiting)
                    self._held[run_id] = order
                    return run_id, order
                wake = threading.Event()
                self._idle.append(wake)
            wake.wait()

    def _has_yielded(self, run_id: str, order: float) -> bool:
        """Let a younger run come first, if one waits; this one has its turn at the next place.

        Its mark stays as long as it lives, so that no other process waits for it meanwhile.
        """
        with self._lock:
            if not self._waiting or self._waiting[0][0] >= order:
                return False
            self._held.pop(run_id, None)
            self._put(run_id, order)
            return True

    def _wait_once(self, run_id: str) -> bool:
        """Wait once for the end of the run, and return whether to do so again."""
        try:
            found = self._hold(run_id)
            if found is Held.ENDED:
                self._report(run_id)
        except RedisError as error:
            log.warning("nobody waits for the end of run %s for now: %s", run_id, error)
            return False
        except Exception:
            log.exception("waiting for the end of run %s failed", run_id)
            return False
        return found is Held.RUNNING and not self._is_closed

    def _report(self, run_id: str) -> None:
        with self._lock:
            if self._is_closed:
                return
            self._polling += 1
        try:
            self._poll(run_id)
        finally:
            with self._lock:
                self._polling -= 1
