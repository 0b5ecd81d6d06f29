"""What the bot and the workers keep in Redis, forgotten while they go on running."""

import time
from datetime import timedelta

from redis import Redis

from odps_bot.store import keys

#: Without these the workers would take themselves for dead, and the store for another one.
_KEPT = (keys.redis_id(), "rq:workers", "rq:worker:", "rq:scheduler-lock:")

#: Takes our keys, and all jobs that nobody has in hand; books none by the pulse for a while.
_TAKE_WORK_AWAY = """
for _, key in ipairs(redis.call('KEYS', '*')) do
    for _, start in ipairs({ARGV[3], 'rq:queue:', 'rq:scheduled:'}) do
        if key ~= ARGV[1] and key:sub(1, #start) == start then redis.call('UNLINK', key) end
    end
end
redis.call('SET', ARGV[2], 1, 'PX', ARGV[4])
"""

#: In one step, so that no job begins between the look and the end: 1 when it was done. The first
#: argument is 1 when nobody is to be waited for.
_FORGET_ALL_WHEN_IDLE = """
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
_GLANCE_SECONDS = 0.02


def take_work_away(redis: Redis, *, at_most: timedelta) -> None:
    """Forget runs and waiting jobs; a job in hand goes on to its end and finds nothing to do.

    For so long no worker books a job by itself.
    """
    milliseconds = round(at_most / timedelta(milliseconds=1))
    redis.eval(
        _TAKE_WORK_AWAY, 0, keys.redis_id(), keys.reconciler_turn(), keys.PREFIX, milliseconds
    )


def forget_all(redis: Redis, *, patience: timedelta) -> None:
    """Forget everything but which workers there are, once they are at nothing or after `patience`.

    A job in hand that outlives this finds itself unknown; its worker logs that and goes on.
    """
    deadline = time.monotonic() + patience.total_seconds()
    while time.monotonic() < deadline:
        if redis.eval(_FORGET_ALL_WHEN_IDLE, 0, 0, *_KEPT):
            return
        time.sleep(_GLANCE_SECONDS)
    redis.eval(_FORGET_ALL_WHEN_IDLE, 0, 1, *_KEPT)
