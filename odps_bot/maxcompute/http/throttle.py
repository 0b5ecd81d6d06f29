"""Client-side throttling, so that several clients can share a rate limit."""

from datetime import timedelta
from typing import Protocol


class Throttle(Protocol):
    """Limits the rate of requests; all clients of an endpoint can share one."""

    def wait_for_turn(self) -> None:
        """Block until a request can be sent. Raises ThrottledError if that takes too long."""

    def slow_down(self, pause: timedelta | None) -> None:
        """Reduce the rate: the service throttled a request, and may ask for a pause."""


class NoThrottle:
    """Does not limit anything."""

    def wait_for_turn(self) -> None:
        """Return at once."""

    def slow_down(self, pause: timedelta | None) -> None:
        """Do nothing."""
