"""Tries a command of Redis again, but not for ever."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from redis.backoff import AbstractBackoff
from redis.exceptions import AuthenticationError, AuthorizationError
from redis.retry import Retry

T = TypeVar("T")

#: As often as there is time.
WITHOUT_COUNT = -1


class BoundedRetry(Retry):
    """redis-py's retries, of which none begins later than `within` after the first failure.

    They do not nest: a command connects within its own retries, and checks the connection there;
    with retries of their own these would take their power. A wrong password is not tried again.
    Each connection of redis-py has a copy of its own, and one thread at a time.
    """

    def __init__(
        self,
        backoff: AbstractBackoff,
        retries: int = WITHOUT_COUNT,
        *,
        within: timedelta,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(backoff, retries)
        self._within_s = within.total_seconds()
        self._clock = clock
        self._is_retrying = False

    def call_with_retry(
        self,
        do: Callable[[], T],
        fail: Callable[..., Any],
        is_retryable: Callable[[Exception], bool] | None = None,
        with_failure_count: bool = False,  # noqa: FBT001, FBT002  -- redis-py's
    ) -> T:
        """Do it until it succeeds, the retries are used up, or the time is over."""
        if self._is_retrying:
            return do()
        until_s: float | None = None

        def fail_in_time(error: Exception, *count: int) -> None:
            nonlocal until_s
            fail(error, *count)
            if until_s is None:
                until_s = self._clock() + self._within_s
            elif self._clock() >= until_s:
                raise error
            if isinstance(error, AuthenticationError | AuthorizationError):
                raise error

        self._is_retrying = True
        try:
            return super().call_with_retry(do, fail_in_time, is_retryable, with_failure_count)
        finally:
            self._is_retrying = False
