"""Tries a command of Redis again, but not for ever."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from redis.backoff import AbstractBackoff
from redis.retry import Retry

T = TypeVar("T")


class BoundedRetry(Retry):
    """redis-py's retries, of which none begins after `within`.

    A command connects first, with retries of its own, and looking up a name takes as long as it
    likes: without this bound a command took minutes while names were not resolved.
    """

    def __init__(
        self,
        backoff: AbstractBackoff,
        retries: int,
        *,
        within: timedelta,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(backoff, retries)
        self._within_s = within.total_seconds()
        self._clock = clock

    def call_with_retry(
        self,
        do: Callable[[], T],
        fail: Callable[..., Any],
        is_retryable: Callable[[Exception], bool] | None = None,
        with_failure_count: bool = False,  # noqa: FBT001, FBT002  -- redis-py's
    ) -> T:
        """Do it until it succeeds, the retries are used up, or the time is over."""
        until_s = self._clock() + self._within_s

        def fail_in_time(error: Exception, *count: int) -> None:
            fail(error, *count)
            if self._clock() >= until_s:
                raise error

        return super().call_with_retry(do, fail_in_time, is_retryable, with_failure_count)
