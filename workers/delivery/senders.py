"""Who sends: threads of the process, which outlive the job that has claimed what they send."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol, TypeAlias

from redis.exceptions import RedisError

from odps_bot.store.notification_kind import NotificationKind

log = logging.getLogger(__name__)

#: Each waits for the network most of its time.
SENDERS = 16

#: Sends one entry, and returns whether something else is due now.
Send: TypeAlias = Callable[[], bool]


class Senders(Protocol):
    """What sends claimed entries."""

    def turn(self) -> AbstractContextManager[int]:
        """Have the only round that claims entries now; give how many can be sent at once."""

    def busy_with(self, kinds: Iterable[NotificationKind]) -> int:
        """Return how many entries of these kinds are being sent."""

    def send(self, kind: NotificationKind, send: Send, *, go_on: Callable[[], None]) -> bool:
        """Have an entry sent; return whether something else is known to be due now.

        `go_on` is called when that turns out later.
        """


class InlineSenders:
    """Sends at once, in the thread of whoever asks: for tests and simulations."""

    def __init__(self, count: int = SENDERS) -> None:
        self._count = count

    def turn(self) -> AbstractContextManager[int]:
        """Give the same as always; nobody else is kept out, because this one sends meanwhile."""
        return nullcontext(self._count)

    def busy_with(self, kinds: Iterable[NotificationKind]) -> int:  # noqa: ARG002  -- of the protocol
        """Return 0: nothing is left under way."""
        return 0

    def send(self, kind: NotificationKind, send: Send, *, go_on: Callable[[], None]) -> bool:  # noqa: ARG002  -- of the protocol
        """Send it; return whether something else is due now."""
        return send()


class SenderPool:
    """A pool of sender threads. Threads share it."""

    def __init__(self, count: int = SENDERS) -> None:
        self.count = count
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="sender")
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        self._busy: Counter[NotificationKind] = Counter()
        self._is_going_on = False

    @contextmanager
    def turn(self) -> Iterator[int]:
        """Have the only round that claims entries now; give how many threads are idle.

        Two rounds at a time would claim for the same threads, and what waits for one loses its
        lease.
        """
        with self._turn:
            yield self.free()

    def free(self) -> int:
        """Return how many threads are idle; it is asked at the beginning of a round."""
        with self._lock:
            self._is_going_on = False
            return self.count - self._busy.total()

    def busy(self) -> int:
        """Return how many threads send."""
        with self._lock:
            return self._busy.total()

    def busy_with(self, kinds: Iterable[NotificationKind]) -> int:
        """Return how many threads send one of these kinds."""
        with self._lock:
            return sum(self._busy[kind] for kind in kinds)

    def send(self, kind: NotificationKind, send: Send, *, go_on: Callable[[], None]) -> bool:
        """Hand an entry over to an idle thread; return False: nothing else is known yet.

        The first thread that is done and finds something due calls `go_on`, until the next round.
        """
        with self._lock:
            self._busy[kind] += 1
        self._threads.submit(self._run, kind, send, go_on)
        return False

    def close(self) -> None:
        """Wait until all that is under way has been sent; nothing else is taken."""
        self._threads.shutdown(wait=True)

    def _run(self, kind: NotificationKind, send: Send, go_on: Callable[[], None]) -> None:
        is_due = False
        try:
            is_due = send()
        except RedisError as error:
            log.warning("an entry of the outbox comes back when its lease is over: %s", error)
        except Exception:
            log.exception("a sender failed")
        finally:
            with self._lock:
                self._busy[kind] -= 1
                is_first = is_due and not self._is_going_on
                self._is_going_on |= is_due
        if is_first:
            try:
                go_on()
            except RedisError as error:
                log.warning("the outbox waits for the next reconciler: %s", error)
