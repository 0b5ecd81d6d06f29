"""Circuit breakers of MaxCompute's endpoints, shared by all processes.

Whoever finds an endpoint in trouble spares all others to find that out for themselves: after some
failures in a row nobody asks for a while but one, the probe.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from redis import Redis

from odps_bot.store import keys
from odps_bot.store.redis_values import REDIS_NOW

#: So many failures in a row, whoever has had them, open a breaker.
FAILURES = 3

#: Nobody asks for so long; the pause doubles with every probe that fails.
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(seconds=60)

#: A pause is longer or shorter by up to this share, so that not all come back at the same moment.
JITTER = 0.25

#: A probe of which nothing is heard for so long was lost with its process.
PROBE_LEASE = timedelta(seconds=15)

#: While a probe is under way, others ask again after this.
RETRY_AFTER = timedelta(seconds=1)

#: How many s to wait until all breakers are closed, or may be probed; `open` are those to probe.
#: KEYS breakers. ARGV how often to come back during a probe, in s.
_WAIT = (
    REDIS_NOW
    + """
local wait, is_known, open = 0, false, {}
for _, key in ipairs(KEYS) do
  local kept = redis.pcall('HMGET', key, 'failures', 'until', 'probing')
  if kept.err then
    redis.call('DEL', key)
    kept = {false, false, false}
  end
  is_known = is_known or kept[1] ~= false
  if kept[2] then
    local left = math.min((tonumber(kept[2]) or 0) - now, 120)
    if kept[3] then left = math.min(left, tonumber(ARGV[1])) end
    wait = math.max(wait, left)
    open[#open + 1] = key
  end
end
"""
)

#: Lets a request through while all breakers are closed. When their pauses are over, the first one
#: who comes is the probe. ARGV also the lease of a probe, in s. Returns how many s to wait, and
#: `closed` (no failure is known), `failing`, `probe` or `open`.
_ADMIT = (
    _WAIT
    + """
if wait > 0 then return {tostring(wait), 'open'} end
for _, key in ipairs(open) do
  redis.call('HSET', key, 'until', tostring(now + tonumber(ARGV[2])), 'probing', '1')
end
return {'0', #open > 0 and 'probe' or is_known and 'failing' or 'closed'}
"""
)

#: Counts a failure. Of an open breaker only the probe's makes the pause longer. What the last
#: breaker stands for has failed; where others share the first one, its pause is half as long, so
#: that one of them may find out meanwhile whether that is to blame: or the one in trouble, if it
#: asks most often, would be the probe each time, and hold up all others.
#: KEYS breakers, the most general one first. ARGV is it the probe, failures, first and longest
#: pause in s, factor, life in ms.
#: Returns the pause of a breaker that this has opened, in s, or '0'.
_FAILED = (
    REDIS_NOW
    + """
local longest = 0
for place, key in ipairs(KEYS) do
  local failures = redis.pcall('HINCRBY', key, 'failures', 1)
  if type(failures) == 'table' then
    redis.call('DEL', key)
    failures = redis.call('HINCRBY', key, 'failures', 1)
  end
  local pauses = tonumber(redis.call('HGET', key, 'pauses') or 0) or 0
  if (pauses > 0 and ARGV[1] == '1') or (pauses == 0 and failures >= tonumber(ARGV[2])) then
    local pause = math.min(tonumber(ARGV[3]) * 2 ^ math.min(pauses, 20), tonumber(ARGV[4]))
    pause = pause * tonumber(ARGV[5])
    if place < #KEYS then pause = pause / 2 end
    redis.call('HSET', key, 'pauses', pauses + 1, 'until', tostring(now + pause))
    redis.call('HDEL', key, 'probing')
    longest = math.max(longest, pause)
  end
  redis.call('PEXPIRE', key, ARGV[6])
end
return tostring(longest)
"""
)

#: Gives back the right to probe. KEYS breakers.
_WITHDRAW = (
    REDIS_NOW
    + """
for _, key in ipairs(KEYS) do
  if redis.call('HDEL', key, 'probing') == 1 then
    redis.call('HSET', key, 'until', tostring(now))
  end
end
"""
)


@dataclass(frozen=True, kw_only=True)
class Admitted:
    """A request may be sent."""

    is_probe: bool  #: nobody else asks until it is known what came of it
    is_trouble_known: bool  #: a success is worth recording


class EndpointHealth:
    """The breakers by name. Methods raise redis.RedisError when Redis does not respond."""

    def __init__(self, redis: Redis, *, random: Callable[[], float] = random.random) -> None:
        self._redis = redis
        self._random = random
        self._pause = redis.register_script(_WAIT + "return tostring(wait)")
        self._admit = redis.register_script(_ADMIT)
        self._failed = redis.register_script(_FAILED)
        self._withdraw = redis.register_script(_WITHDRAW)

    def admit(self, names: Sequence[str]) -> Admitted | timedelta:
        """Admit a request that depends on all of these, or return how long to wait."""
        arguments = [RETRY_AFTER.total_seconds(), PROBE_LEASE.total_seconds()]
        wait_s, found = self._admit(keys=_keys(names), args=arguments)
        if (wait := timedelta(seconds=float(wait_s))) > timedelta(0):
            return wait
        return Admitted(is_probe=found == b"probe", is_trouble_known=found != b"closed")

    def pause(self, names: Sequence[str]) -> timedelta | None:
        """Return how long no request that depends on these is admitted; None: one may be."""
        wait_s = float(self._pause(keys=_keys(names), args=[RETRY_AFTER.total_seconds()]))
        return timedelta(seconds=wait_s) if wait_s > 0 else None

    def failed(self, names: Sequence[str], *, is_probe: bool) -> timedelta | None:
        """Count a failure; return for how long nobody asks if it has opened a breaker."""
        pause_s = self._failed(
            keys=_keys(names),
            args=[
                int(is_probe),
                FAILURES,
                FIRST_PAUSE.total_seconds(),
                LONGEST_PAUSE.total_seconds(),
                1 + JITTER * (2 * self._random() - 1),
                keys.endpoint_health.life_s * 1_000,
            ],
        )
        return timedelta(seconds=float(pause_s)) if float(pause_s) else None

    def succeeded(self, names: Sequence[str]) -> None:
        """Close the breakers and forget the failures."""
        self._redis.delete(*_keys(names))

    def withdraw(self, names: Sequence[str]) -> None:
        """Let somebody else be the probe: this one has not sent anything."""
        self._withdraw(keys=_keys(names))


def _keys(names: Sequence[str]) -> list[str]:
    return [keys.endpoint_health(name) for name in names]
