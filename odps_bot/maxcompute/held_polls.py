"""Polls that the service holds: `?instancestatus` is answered when the instance ends.

While it runs the response comes after about five seconds. Not every endpoint does so: an older
service may not know the parameter, and a proxy may answer, or cut, what is silent. What was learned
is remembered for a while, because it says nothing of one instance.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from odps_bot.maxcompute.models.instances import InstanceStatus

#: So long the service usually holds a request: see the Java SDK's `Instance.getStatus(boolean)`.
HOLD = timedelta(seconds=5)

#: A running instance that is reported sooner was not held.
LEAST_HOLD = timedelta(seconds=1)

#: Who refuses the parameter is asked again after this; who has answered at once, or was cut off,
#: sooner: that may have been a moment's trouble.
AFTER_REFUSAL = timedelta(minutes=10)
AFTER_FAILURE = timedelta(minutes=1)


class HeldPolls:
    """Whether one endpoint holds polls of one kind of instance, as far as is known. Thread-safe."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._turn = threading.Lock()
        self._not_until: datetime | None = None

    @property
    def are_offered(self) -> bool:
        """Whether to send one: nothing speaks against it now."""
        with self._turn:
            if self._not_until is not None and self._clock() >= self._not_until:
                self._not_until = None
            return self._not_until is None

    def responded(self, status: InstanceStatus, *, after: timedelta) -> bool:
        """Record a response, and return whether the request was held; an end is told at once.

        That an instance is suspended may be told at once, too.
        """
        if status is InstanceStatus.TERMINATED or after >= LEAST_HOLD:
            return True
        if status is InstanceStatus.RUNNING:
            self._pause(AFTER_FAILURE)
        return False

    def failed(self) -> None:
        """Record that one was cut off."""
        self._pause(AFTER_FAILURE)

    def refused(self) -> None:
        """Record that the endpoint does not know the parameter."""
        self._pause(AFTER_REFUSAL)

    def _pause(self, pause: timedelta) -> None:
        until = self._clock() + pause
        with self._turn:
            self._not_until = max(until, self._not_until or until)
