"""Waiting for the end of an instance, through outages that pass."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from odps_bot.maxcompute.errors import (
    ApiError,
    AuthenticationError,
    MalformedResponseError,
    MaxComputeError,
    WaitTimeoutError,
)
from odps_bot.maxcompute.http.error_responses import is_clock_skew
from odps_bot.maxcompute.models.instances import InstanceStatus

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """How to wait: the pause doubles from `interval` to `max_interval`."""

    interval: timedelta
    max_interval: timedelta
    timeout: timedelta | None  #: None: for ever
    patience: timedelta  #: give up after so long without one good answer
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]

    def until_terminated(self, instance_id: str, look: Callable[[], InstanceStatus]) -> None:
        """Look until the instance has terminated.

        Raises WaitTimeoutError, or what the last look raised when patience has ended or nothing
        can be hoped for.
        """
        self._until(lambda status: status is InstanceStatus.TERMINATED, look, instance_id)

    def until_response(self, instance_id: str, ask: Callable[[], T]) -> T:
        """Ask until there is an answer and return it. Raises as `until_terminated` does."""
        return self._until(lambda _: True, ask, instance_id)

    def _until(self, is_enough: Callable[[T], bool], ask: Callable[[], T], instance_id: str) -> T:
        started = last_answer = self.clock()
        pause = self.interval
        while True:
            asked_to_wait = timedelta()
            try:
                answer = ask()
                last_answer = self.clock()
            except MaxComputeError as error:
                left = self.patience - (self.clock() - last_answer)
                if not _may_pass(error) or left < timedelta():
                    raise
                # A last time when patience ends, however long we are asked to wait.
                asked_to_wait = min(_retry_after(error), left)
            else:
                if is_enough(answer):
                    return answer
            self._pause(max(pause, asked_to_wait), started=started, instance_id=instance_id)
            pause = min(pause * 2, self.max_interval)

    def _pause(self, pause: timedelta, *, started: datetime, instance_id: str) -> None:
        if self.timeout is not None:
            left = self.timeout - (self.clock() - started)
            if left <= timedelta():
                raise WaitTimeoutError(
                    f"Instance {instance_id} has not ended within {self.timeout}.",
                    instance_id=instance_id,
                )
            pause = min(pause, left)
        self.sleep(pause.total_seconds())


def _may_pass(error: MaxComputeError) -> bool:
    # What cannot be read is mostly a page of a proxy in trouble.
    if error.is_retryable or isinstance(error, MalformedResponseError):
        return True
    # Clocks are set, ours or that of the server that happened to answer.
    return isinstance(error, AuthenticationError) and is_clock_skew(error)


def _retry_after(error: MaxComputeError) -> timedelta:
    return (error.retry_after if isinstance(error, ApiError) else None) or timedelta()
