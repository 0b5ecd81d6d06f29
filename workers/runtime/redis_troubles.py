"""What a loop does when Redis fails it: logs that now and then, and connects anew."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from redis import Redis
from redis.exceptions import RedisError

#: A failure that goes on is logged again after this.
REPEAT_AFTER = timedelta(minutes=1)

#: What failed is tried again after a pause that grows from the first of these to the second.
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 1.0


class RedisTroubles:
    """What has failed in one loop, one time after the other."""

    def __init__(
        self,
        log: logging.Logger,
        says: str,
        *connections: Redis,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._says = says
        self._connections = connections
        self._clock = clock
        self._since_s: float | None = None
        self._logged_at_s = 0.0
        self.pause_s = SHORTEST_PAUSE_S  #: how long to wait before the next try

    def happened(self, error: RedisError) -> None:
        """Log a failure, unless that was done a moment ago, and close the connections.

        They may lead to a Redis that is none any more, or only a replica. One that was in use when
        it failed has been closed by redis-py.
        """
        now_s = self._clock()
        is_first = self._since_s is None
        if is_first:
            self._since_s, self.pause_s = now_s, SHORTEST_PAUSE_S
        else:
            self.pause_s = min(self.pause_s * 2, LONGEST_PAUSE_S)
        if is_first or now_s - self._logged_at_s >= REPEAT_AFTER.total_seconds():
            self._log.warning("%s: %s", self._says, error)
            self._logged_at_s = now_s
        for redis in self._connections:
            _close_unused(redis, self._log)

    def are_over(self) -> None:
        """Record that it has worked again."""
        if self._since_s is not None:
            lasted_s = self._clock() - self._since_s
            self._log.info("Redis is back after %.0f s", lasted_s)
        self._since_s, self.pause_s = None, SHORTEST_PAUSE_S


def _close_unused(redis: Redis, log: logging.Logger) -> None:
    try:
        redis.connection_pool.disconnect(inuse_connections=False)
    except (RedisError, OSError) as error:
        log.debug("closing connections: %s", error)
