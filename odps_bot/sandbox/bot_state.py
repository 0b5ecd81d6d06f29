"""Clear what the bot and the workers keep in Redis while they keep running."""

import time
from datetime import timedelta

from redis import Redis

from odps_bot.store import keys

#: Without these the workers would consider themselves dead, and Redis replaced by another one.
_KEPT_KEYS = (keys.redis_id(), "rq:workers", "rq:worker:")

#: Deletes our keys and all jobs that are not running, and keeps the reconciler quiet for a while.
_DISCARD_JOBS = """
for _, key in ipairs(redis.call('KEYS', '*')) do
    for _, start in ipairs({ARGV[3], 'rq:queue:', 'rq:scheduled:'}) do
        if key ~= ARGV[1] and key:sub(1, #start) == start then redis.call('UNLINK', key) end
    end
end
redis.call('SET', ARGV[2], 1, 'PX', ARGV[4])
"""

#: Atomic, so that no job starts between the check and the deletion; returns 1 when it deleted.
#: The first argument is 1 to delete even while jobs are running.
_CLEAR_WHEN_IDLE = """
if ARGV[1] ~= '1' then
    for _, key in ipairs(redis.call('KEYS', 'rq:worker:*')) do
        if redis.call('HGET', key, 'state') == 'busy' then return 0 end
    end
    for _, key in ipairs(redis.call('KEYS', 'rq:queue:*')) do
        if redis.call('LLEN', key) > 0 then return 0 end
    end
end
for _, key in ipairs(redis.call('KEYS', '*')) do
    local is_kept = false
    for place = 2, #ARGV do
        is_kept = is_kept or key:sub(1, #ARGV[place]) == ARGV[place]
    end
    if not is_kept then redis.call('UNLINK', key) end
end
return 1
"""
_CHECK_INTERVAL_SECONDS = 0.02


def discard_jobs(redis: Redis, *, at_most: timedelta) -> None:
    """Delete runs and waiting jobs; a running job finishes and finds nothing to do.

    For `at_most`, no worker enqueues a job by itself.
    """
    milliseconds = round(at_most / timedelta(milliseconds=1))
    redis.eval(_DISCARD_JOBS, 0, keys.redis_id(), keys.reconciler_turn(), keys.PREFIX, milliseconds)


def clear_state(redis: Redis, *, timeout: timedelta) -> None:
    """Delete everything but the worker registrations, once workers are idle or after `timeout`.

    A job that is still running then is unknown afterwards; its worker logs that and continues.
    """
    deadline = time.monotonic() + timeout.total_seconds()
    while time.monotonic() < deadline:
        if redis.eval(_CLEAR_WHEN_IDLE, 0, 0, *_KEPT_KEYS):
            return
        time.sleep(_CHECK_INTERVAL_SECONDS)
    redis.eval(_CLEAR_WHEN_IDLE, 0, 1, *_KEPT_KEYS)
