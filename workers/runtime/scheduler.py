"""RQ's scheduler as a thread of the worker, so that it ends when the worker does.

RQ starts it as a child process, which outlives a killed worker.
"""

import logging
import threading
from collections.abc import Callable

from redis import Redis
from redis.exceptions import RedisError
from rq.scheduler import RQScheduler

from odps_bot.store.job_queue import QUEUES, SERIALIZER

log = logging.getLogger(__name__)

INTERVAL_S = 1.0


def schedule_until(
    stop: threading.Event, redis: Redis, *, on_tick: Callable[[], None] = lambda: None
) -> None:
    """Move scheduled jobs into their queues when their time has come, until `stop` is set.

    One worker does it at a time; RQ's lock is taken over about a minute after its owner died.
    """
    scheduler = RQScheduler(
        list(QUEUES), connection=redis, serializer=SERIALIZER, logging_level=logging.WARNING
    )
    while not stop.wait(INTERVAL_S):
        on_tick()
        try:
            scheduler.acquire_locks()
            scheduler.enqueue_scheduled_jobs()
        except RedisError as error:
            log.warning("the scheduler is waiting for Redis: %s", error)
        except Exception:
            log.exception("scheduling failed")
    try:
        scheduler.release_locks()
    except RedisError as error:
        log.warning("the scheduler could not release its locks: %s", error)
