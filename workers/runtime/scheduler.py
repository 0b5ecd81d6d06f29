"""Moves scheduled jobs into their queues when their time has come.

RQ's own scheduler is a child process that outlives a killed worker, goes by the clock of its host,
and holds a lock for a minute: what was scheduled waited so long when its host died.
"""

import logging
import threading
from collections.abc import Callable

from redis.exceptions import RedisError

from odps_bot.services import Services
from workers.runtime.redis_troubles import RedisTroubles

log = logging.getLogger(__name__)

INTERVAL_S = 0.5


def schedule_until(
    stop: threading.Event, services: Services, *, on_tick: Callable[[], None] = lambda: None
) -> None:
    """Move jobs until `stop` is set. All workers do: each job is moved once."""
    troubles = RedisTroubles(log, "the scheduler is waiting for Redis", services.redis)
    while not stop.wait(INTERVAL_S):
        on_tick()
        try:
            services.jobs.enqueue_due()
            troubles.are_over()
        except RedisError as error:
            troubles.happened(error)
        except Exception:
            log.exception("scheduling failed")
