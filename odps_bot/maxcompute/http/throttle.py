"""What a client asks before each request, so that several clients can share a budget."""

from datetime import timedelta
from typing import Protocol


class Throttle(Protocol):
    """Lets requests through at the pace that all clients of an endpoint may go."""

    def wait_for_turn(self) -> None:
        """Return when a request may be sent. Raises ThrottledError when that takes too long."""

    def slow_down(self, pause: timedelta | None) -> None:
        """Hear that the service has refused a request for want of capacity, and for how long."""


class NoThrottle:
    """Lets everything through."""

    def wait_for_turn(self) -> None:
        """Return at once."""

    def slow_down(self, pause: timedelta | None) -> None:
        """Forget it."""
