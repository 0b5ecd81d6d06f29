"""Waiting for the end of an instance, through temporary outages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict, TypeVar

from odps_bot.maxcompute.errors import (
    AuthenticationError,
    MalformedResponseError,
    MaxComputeError,
    WaitTimeoutError,
)
from odps_bot.maxcompute.http.error_responses import is_clock_skew
from odps_bot.maxcompute.models.instances import InstanceStatus

T = TypeVar("T")


class WaitOptions(TypedDict, total=False):
    """The options of `Instance.wait_for_completion`, see there."""

    interval: timedelta
    max_interval: timedelta
    timeout: timedelta | None
    patience: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """How to wait: the pause doubles from `interval` to `max_interval`."""

    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    interval: timedelta = timedelta(seconds=1)
    max_interval: timedelta = timedelta(seconds=10)
    timeout: timedelta | None = None  #: None: forever
    patience: timedelta = timedelta(minutes=5)  #: give up after so long without a good response

    def until_terminated(self, instance_id: str, poll: Callable[[], InstanceStatus]) -> None:
        """Poll until the instance has terminated.

        Raises WaitTimeoutError, or the last poll's error once patience has run out or if the error
        is permanent.
        """
        self._until(lambda status: status is InstanceStatus.TERMINATED, poll, instance_id)

    def until_response(self, instance_id: str, poll: Callable[[], T]) -> T:
        """Poll until there is a response and return it. Raises as `until_terminated` does."""
        return self._until(lambda _: True, poll, instance_id)

    def _until(self, is_done: Callable[[T], bool], poll: Callable[[], T], instance_id: str) -> T:
        started = last_response = self.clock()
        pause = self.interval
        while True:
            retry_after = timedelta()
            try:
                found = poll()
                last_response = self.clock()
            except MaxComputeError as error:
                left = self.patience - (self.clock() - last_response)
                if not _is_temporary(error) or left < timedelta():
                    raise
                # Poll a last time when patience ends, however long the service asks to wait.
                retry_after = min(_retry_after(error), left)
            else:
                if is_done(found):
                    return found
            self._pause(max(pause, retry_after), started=started, instance_id=instance_id)
            pause = min(pause * 2, max(self.interval, self.max_interval))

    def _pause(self, pause: timedelta, *, started: datetime, instance_id: str) -> None:
        if self.timeout is not None:
            left = self.timeout - (self.clock() - started)
            if left <= timedelta():
                raise WaitTimeoutError(
                    f"Instance {instance_id} did not end within {self.timeout}.",
                    instance_id=instance_id,
                )
            pause = min(pause, left)
        self.sleep(pause.total_seconds())


def _is_temporary(error: MaxComputeError) -> bool:
    # An unreadable response is usually the error page of a proxy.
    if error.is_retryable or isinstance(error, MalformedResponseError):
        return True
    # Clocks get corrected, ours or that of the server behind the load balancer.
    return isinstance(error, AuthenticationError) and is_clock_skew(error)


def _retry_after(error: MaxComputeError) -> timedelta:
    return error.retry_after or timedelta()
