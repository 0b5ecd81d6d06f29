"""Waiting for the end of an instance, through temporary outages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self, TypedDict, TypeVar

from odps_bot.maxcompute import arguments
from odps_bot.maxcompute.arguments import Duration
from odps_bot.maxcompute.errors import (
    AuthenticationError,
    MalformedResponseError,
    MaxComputeError,
    WaitTimeoutError,
)
from odps_bot.maxcompute.http.error_responses import is_clock_skew
from odps_bot.maxcompute.models.instances import InstanceStatus

T = TypeVar("T")

INTERVAL = timedelta(seconds=1)
MAX_INTERVAL = timedelta(seconds=10)
PATIENCE = timedelta(minutes=5)


class WaitOptions(TypedDict, total=False):
    """The options of `Instance.wait_for_completion`, see there."""

    interval: Duration
    max_interval: Duration | None
    timeout: Duration | None
    patience: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """How to wait: the pause doubles from `interval` to `max_interval`."""

    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    interval: timedelta = INTERVAL
    max_interval: timedelta = MAX_INTERVAL
    timeout: timedelta | None = None  #: None: forever
    patience: timedelta = PATIENCE  #: give up after so long without a good response

    @classmethod
    def of(
        cls,
        options: WaitOptions,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> Self:
        """Return how to wait. Raises InvalidArgumentError for options that are none."""
        interval = arguments.duration("interval", options.get("interval", INTERVAL))
        longest = options.get("max_interval", MAX_INTERVAL)
        return cls(
            clock=clock,
            sleep=sleep,
            interval=interval,
            max_interval=arguments.optional_duration("max_interval", longest) or interval,
            timeout=arguments.optional_duration("timeout", options.get("timeout")),
            patience=arguments.duration("patience", options.get("patience", PATIENCE)),
        )

    def until_terminated(
        self,
        instance_id: str,
        poll: Callable[[], InstanceStatus],
        *,
        was_held: Callable[[], bool] = lambda: False,
    ) -> None:
        """Poll until the instance has terminated, without a pause after a poll that was held.

        Raises WaitTimeoutError, or the last poll's error once patience has run out or if the error
        is permanent.
        """
        self._until(
            lambda status: status is InstanceStatus.TERMINATED, poll, instance_id, was_held=was_held
        )

    def until_response(self, instance_id: str, poll: Callable[[], T]) -> T:
        """Poll until there is a response and return it. Raises as `until_terminated` does."""
        return self._until(lambda _: True, poll, instance_id)

    def _until(
        self,
        is_done: Callable[[T], bool],
        poll: Callable[[], T],
        instance_id: str,
        *,
        was_held: Callable[[], bool] = lambda: False,
    ) -> T:
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
                if was_held():
                    self._pause(timedelta(), started=started, instance_id=instance_id)
                    pause = self.interval
                    continue
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
        if pause:
            self.sleep(pause.total_seconds())


def _is_temporary(error: MaxComputeError) -> bool:
    # An unreadable response is usually the error page of a proxy.
    if error.is_retryable or isinstance(error, MalformedResponseError):
        return True
    # Clocks get corrected, ours or that of the server behind the load balancer.
    return isinstance(error, AuthenticationError) and is_clock_skew(error)


def _retry_after(error: MaxComputeError) -> timedelta:
    return error.retry_after or timedelta()
