"""What the bot and the workers keep in Redis, forgotten while they go on running."""

import time
from datetime import timedelta

from redis import Redis
from rq import Worker
from rq.worker import WorkerStatus

from odps_bot.job_queue import SERIALIZER
from odps_bot.runs import keys

#: Without these the workers would take themselves for dead, and the store for another one.
_KEPT = (keys.MEMORY, "rq:workers", "rq:workers:", "rq:worker:", "rq:scheduler-lock:")

#: In one step, so that nobody sees half of it.
_FORGET = """
for _, key in ipairs(redis.call('KEYS', '*')) do
    local is_kept = false
    for _, start in ipairs(ARGV) do
        is_kept = is_kept or key:sub(1, #start) == start
    end
    if not is_kept then redis.call('UNLINK', key) end
end
"""
_GLANCE_SECONDS = 0.02


def forget_all(redis: Redis, *, patience: timedelta) -> None:
    """Forget runs, jobs and everything else but which workers there are.

    A job that is in hand finds nothing left to do; what it still wrote is forgotten when it is
    over, or after `patience`.
    """
    _forget(redis)
    deadline = time.monotonic() + patience.total_seconds()
    while _is_working(redis) and time.monotonic() < deadline:
        time.sleep(_GLANCE_SECONDS)
    _forget(redis)


def _forget(redis: Redis) -> None:
    redis.eval(_FORGET, 0, *_KEPT)


def _is_working(redis: Redis) -> bool:
    workers = Worker.all(connection=redis, serializer=SERIALIZER)
    return any(worker.get_state() == WorkerStatus.BUSY for worker in workers)
