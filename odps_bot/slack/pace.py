"""When a call to Slack may be made: within the limits, and not to whoever does not respond."""

from collections.abc import Iterator
from contextlib import contextmanager

from odps_bot.slack.errors import (
    NO_RESPONSE,
    TIMED_OUT,
    PlaceError,
    PostInProgressError,
    RateLimitedError,
    RefusedError,
    UnreachableError,
)
from odps_bot.store.rate_limits import RateLimit, RateLimiter
from odps_bot.store.receivers import Receivers, Turn


class Pace:
    """The pace of calls that all processes keep together."""

    def __init__(self, rate_limiter: RateLimiter, receivers: Receivers) -> None:
        self._rate_limiter = rate_limiter
        self._receivers = receivers

    @contextmanager
    def call(
        self,
        limit: RateLimit,
        method: str,
        *,
        reserve: int = 0,
        most_failures: int | None = None,
        is_redis_there: bool = True,
    ) -> Iterator[None]:
        """Take a token; where Slack says `Retry-After`, all processes wait for the next one.

        A receiver that does not respond in time is left alone for a while; after `most_failures`
        for good: PlaceError.
        """
        if not is_redis_there:
            yield
            return
        # What takes long for other reasons counts for no receiver.
        is_file = method == "files.completeUploadExternal"
        with self._receivers.turn(limit, reserve=reserve, is_counted=not is_file) as turn:
            if most_failures is not None and turn.failures >= most_failures:
                raise PlaceError(method, NO_RESPONSE)
            if turn.wait is not None:
                raise RateLimitedError(method, "our own limit", retry_after=turn.wait)
            try:
                yield
            except PostInProgressError:
                # Nothing was posted: the next try needs the token.
                self._rate_limiter.give_back(limit)
                raise
            except (RateLimitedError, RefusedError) as error:
                # A search or an upload on the way has a limit of its own.
                if error.method == method:
                    self._refused(error, limit, turn)
                raise
            except UnreachableError as error:
                if error.code == TIMED_OUT and not is_file and method != "response_url":
                    error.retry_after = self._receivers.failed(limit.receiver).pause
                raise
            self._responded(limit, turn)

    def _refused(
        self, error: RateLimitedError | RefusedError, limit: RateLimit, turn: Turn
    ) -> None:
        if error.code != NO_RESPONSE:
            self._responded(limit, turn)
        if isinstance(error, RateLimitedError):
            self._rate_limiter.pause(limit, error.retry_after)

    def _responded(self, limit: RateLimit, turn: Turn) -> None:
        """Record that the receiver has responded, be it with a refusal."""
        if turn.failures:
            self._receivers.recovered(limit.receiver)
