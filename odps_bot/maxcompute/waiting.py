"""Waiting for the end of an instance, through outages that pass."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from odps_bot.maxcompute.errors import (
    ApiError,
    MalformedResponseError,
    MaxComputeError,
    WaitTimeoutError,
)
from odps_bot.maxcompute.models import InstanceStatus


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
        started = last_answer = self.clock()
        pause = self.interval
        while True:
            asked_to_wait = timedelta()
            try:
                status = look()
                last_answer = self.clock()
            except MaxComputeError as error:
                if not _may_pass(error) or self.clock() - last_answer > self.patience:
                    raise
                asked_to_wait = _retry_after(error)
            else:
                if status is InstanceStatus.TERMINATED:
                    return
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
    return error.is_retryable or isinstance(error, MalformedResponseError)


def _retry_after(error: MaxComputeError) -> timedelta:
    return (error.retry_after if isinstance(error, ApiError) else None) or timedelta()
