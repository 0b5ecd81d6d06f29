"""Signed requests that were answered: sent once more, they are somebody else's."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta

#: Slack's signatures are good for five minutes, by clocks that may differ by as much.
#: https://docs.slack.dev/authentication/verifying-requests-from-slack
WINDOW = timedelta(minutes=10)

#: Beyond that the oldest are dropped; requests are idempotent anyway.
MOST_REMEMBERED = 100_000


class Replays:
    """The signatures of the last minutes, in this process' memory. Threads may share it."""

    def __init__(self, *, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._monotonic_s = monotonic_s
        self._answered_at: OrderedDict[str, float] = OrderedDict()
        self._turn = threading.Lock()

    def is_replay(self, signature: str) -> bool:
        """Return whether a request with this signature was answered lately."""
        with self._turn:
            self._forget_old()
            return signature in self._answered_at

    def remember(self, signature: str) -> None:
        """Keep the signature of a request that was verified and answered."""
        with self._turn:
            self._answered_at[signature] = self._monotonic_s()
            if len(self._answered_at) > MOST_REMEMBERED:
                self._answered_at.popitem(last=False)

    def _forget_old(self) -> None:
        oldest_s = self._monotonic_s() - WINDOW.total_seconds()
        while self._answered_at and next(iter(self._answered_at.values())) < oldest_s:
            self._answered_at.popitem(last=False)
