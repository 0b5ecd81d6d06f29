"""What the bot and the workers keep in Redis, forgotten while they go on running."""

import time
from datetime import timedelta

from redis import Redis

from odps_bot.runs import keys

#: Without these the workers would take themselves for dead, and the store for another one.
_KEPT_KEYS = (keys.MEMORY, "rq:workers", "rq:worker:", "rq:scheduler-lock:")

#: Takes our keys, and all jobs that nobody has in hand; books none by the pulse for a while.
_DISCARD_JOBS = """
for _, key in ipairs(redis.call('KEYS', '*')) do
    for _, start in ipairs({ARGV[3], 'rq:queue:', 'rq:scheduled:'}) do
        if key ~= ARGV[1] and key:sub(1, #start) == start then redis.call('UNLINK', key) end
    end
end
redis.call('SET', ARGV[2], 1, 'PX', ARGV[4])
"""

#: In one step, so that no job begins between the look and the end: 1 when it was done. The first
#: argument is 1 when nobody is to be waited for.
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
    """Forget runs and waiting jobs; a job in hand goes on to its end and finds nothing to do.

    For so long no worker books a job by itself.
    """
    milliseconds = round(at_most / timedelta(milliseconds=1))
    redis.eval(_DISCARD_JOBS, 0, keys.MEMORY, keys.PULSE, keys.PREFIX, milliseconds)


def clear_state(redis: Redis, *, timeout: timedelta) -> None:
    """Forget everything but which workers there are, once they are at nothing or after `patience`.

    A job in hand that outlives this finds itself unknown; its worker logs that and goes on.
    """
    deadline = time.monotonic() + timeout.total_seconds()
    while time.monotonic() < deadline:
        if redis.eval(_CLEAR_WHEN_IDLE, 0, 0, *_KEPT_KEYS):
            return
        time.sleep(_CHECK_INTERVAL_SECONDS)
    redis.eval(_CLEAR_WHEN_IDLE, 0, 1, *_KEPT_KEYS)
