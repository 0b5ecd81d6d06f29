"""Who gets our messages, so that a slow one holds up nobody else.

A receiver is a channel, a person or a response_url. A process makes no more than a few calls for
one at a time; one that does not respond is left alone for a growing while, by all processes.
Whoever must wait gets a time of its own, one behind the other, so that few come back in vain: one
whose token somebody new has taken gets another time, behind all others.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

from redis import Redis

from odps_bot.store import keys
from odps_bot.store.endpoint_health import EndpointHealth
from odps_bot.store.rate_limits import REFILL, RateLimit
from odps_bot.store.redis_values import REDIS_NOW

#: So many calls for one receiver are under way in a process.
CALLS_AT_ONCE = 2

#: Whoever finds too many under way, but a token left, comes back so soon, one behind the other.
SOON_FREE = timedelta(seconds=0.25)

#: The first pause, which doubles with every failure, and the longest one.
SHORTEST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=2)

#: Takes a token for a receiver, or returns how long to wait for a time of one's own. That is behind
#: those of all that want a token of the same bucket and leave the same reserve: what is less
#: important, or limited otherwise, delays nobody.
#: KEYS bucket, receiver. ARGV tokens a second, size, reserve, whether too many calls are under way,
#: life in s, how soon one of them may be over in s. Returns seconds to wait, '0' when granted, and
#: how often it has failed of late.
_TAKE_TURN = (
    REFILL
    + """
local slots = 'slot:' .. KEYS[1] .. ':' .. ARGV[3]
local failed = redis.call('HMGET', KEYS[2], 'until', slots, 'failures')
local ready = tonumber(failed[1] or 0) or 0
local missing = 1 + tonumber(ARGV[3]) - tokens
local step = 1 / rate
-- A call to a receiver that responds is over in a moment: its token need not be waited for.
if ARGV[4] == '1' then
  if missing <= 0.001 then step = math.min(step, tonumber(ARGV[6])) end
  ready = math.max(ready, now + step)
end
if missing > 0.001 then ready = math.max(ready, now + missing / rate) end
local wait = 0
if ready <= now then
  tokens = tokens - 1
  keep()
else
  local slot = math.max(ready, (tonumber(failed[2] or 0) or 0) + step)
  redis.call('HSET', KEYS[2], slots, tostring(slot))
  redis.call('EXPIRE', KEYS[2], ARGV[5])
  wait = slot - now
end
return {tostring(wait), failed[3] or '0'}
"""
)

#: Counts a failure, and returns the failures and the pause after this one in s. Calls of several
#: processes that fail during a pause began before it: they have found out nothing new.
#: KEYS receiver. ARGV first and longest pause in s, life in s.
_FAIL = (
    REDIS_NOW
    + """
local before = tonumber(redis.call('HGET', KEYS[1], 'until') or 0) or 0
if before > now then
  return {tonumber(redis.call('HGET', KEYS[1], 'failures') or 1) or 1, tostring(before - now)}
end
local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
local pause = math.min(tonumber(ARGV[2]), tonumber(ARGV[1]) * 2 ^ math.min(failures - 1, 30))
redis.call('HSET', KEYS[1], 'until', tostring(now + pause))
redis.call('EXPIRE', KEYS[1], ARGV[3])
return {failures, tostring(pause)}
"""
)


class Turn(NamedTuple):
    """Whether a call may be made now."""

    wait: timedelta | None  #: None: now
    failures: int  #: of this receiver, in succession


class Failure(NamedTuple):
    """What follows from a call that failed."""

    pause: timedelta
    failures: int  #: with this one, in succession


class Receivers:
    """The receivers of one process. Threads share it; methods raise redis.RedisError."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take_turn = redis.register_script(_TAKE_TURN)
        self._fail = redis.register_script(_FAIL)
        self.response_urls = EndpointHealth(redis)  #: whether any of them responds
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def turn(
        self, limit: RateLimit, *, reserve: int = 0, is_counted: bool = True
    ) -> Iterator[Turn]:
        """Take a token for one call to the receiver of `limit`, or get a time to come again.

        Less important calls leave `reserve` tokens to the others. A call that may be made is under
        way until the context is left, unless it takes long by its nature and is not counted.
        """
        is_busy = is_counted and not self._begin(limit.receiver)
        try:
            yield self._take(limit, reserve=reserve, is_busy=is_busy)
        finally:
            if is_counted and not is_busy:
                self._end(limit.receiver)

    def failed(self, receiver: str) -> Failure:
        """Leave the receiver alone for a while, which doubles with every failure after it."""
        arguments = [
            SHORTEST_PAUSE.total_seconds(),
            LONGEST_PAUSE.total_seconds(),
            keys.receiver.life_s,
        ]
        failures, pause_s = self._fail(keys=[keys.receiver(receiver)], args=arguments)
        return Failure(timedelta(seconds=float(pause_s)), int(failures))

    def recovered(self, receiver: str) -> None:
        """Forget what has failed: the receiver has responded.

        The times that were given are forgotten, too: they lie behind a pause that is over.
        """
        self._redis.delete(keys.receiver(receiver))

    def _begin(self, receiver: str) -> bool:
        """Count a call as under way, unless too many are."""
        with self._lock:
            if self._under_way[receiver] >= CALLS_AT_ONCE:
                return False
            self._under_way[receiver] += 1
            return True

    def _end(self, receiver: str) -> None:
        with self._lock:
            self._under_way[receiver] -= 1
            if not self._under_way[receiver]:
                del self._under_way[receiver]

    def _take(self, limit: RateLimit, *, reserve: int, is_busy: bool) -> Turn:
        arguments = [limit.per_second, limit.burst, min(reserve, limit.burst - 1), int(is_busy)]
        wait_s, failures = self._take_turn(
            keys=[keys.rate_limit(limit.name), keys.receiver(limit.receiver)],
            args=[*arguments, keys.receiver.life_s, SOON_FREE.total_seconds()],
        )
        wait = timedelta(seconds=float(wait_s))
        return Turn(wait or None, int(failures))
