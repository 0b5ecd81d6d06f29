"""Rate limits of Slack and MaxCompute, shared by all processes: token buckets in Redis.

Redis' own clock fills the buckets, so that workers on several machines agree.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from redis import Redis

from odps_bot.maxcompute import ThrottledError
from odps_bot.store import keys
from odps_bot.store.redis_values import REDIS_NOW

#: A request that has waited so long is deferred, so that its worker is free for others.
LONGEST_WAIT = timedelta(seconds=3)

#: The pause after a refusal without `Retry-After`, and the longest pause that is honored.
SHORT_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=5)

#: What scripts about a bucket begin with: its tokens now, and `keep`, which stores them. After a
#: pause that a service asked for, a bucket holds a negative number of tokens.
#: KEYS bucket. ARGV tokens a second, size.
REFILL = (
    REDIS_NOW
    + """
local rate, size = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(kept[1] or size) or size
if tokens ~= tokens then tokens = size end
local since = math.max(0, now - (tonumber(kept[2] or now) or now))
tokens = math.min(size, tokens + since * rate)
local function keep()
  redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
  redis.call('PEXPIRE', KEYS[1], math.ceil(1000 * (2 * size + math.max(0, -tokens)) / rate))
end
"""
)

#: Takes a token if enough are left; otherwise returns how long until there are.
#: KEYS bucket. ARGV tokens a second, size, reserve. Returns seconds to wait, '0' when granted.
_TAKE = (
    REFILL
    + """
local missing = 1 + tonumber(ARGV[3]) - tokens
local wait = 0
if missing <= 0 then tokens = tokens - 1 else wait = missing / rate end
keep()
return tostring(wait)
"""
)

#: Puts a token back that was not used; a pause that was asked for meanwhile stays as it is.
#: KEYS bucket. ARGV tokens a second, size.
_GIVE_BACK = REFILL + "if tokens > -0.01 then tokens = math.min(size, tokens + 1) keep() end"

#: Returns the tokens in a bucket. KEYS bucket. ARGV tokens a second, size.
_LEFT = REFILL + "return tostring(tokens)"

#: Empties a bucket so that its next token comes after a pause, or after a longer one before it.
#: KEYS bucket. ARGV tokens a second, size, pause in s.
_PAUSE = (
    REFILL
    + """
tokens = math.min(tokens, 1 - tonumber(ARGV[3]) * rate)
keep()
"""
)


class OwnRateLimitError(ThrottledError):
    """Nothing was sent: all processes together have sent what they may."""


@dataclass(frozen=True, kw_only=True)
class RateLimit:
    """How many calls per second all processes may make together, and how many at once."""

    name: str
    per_second: float
    burst: int
    receiver: str = ""  #: who gets what a call sends, see `odps_bot.store.receivers`

    def to(self, receiver: str) -> "RateLimit":
        """Return the same limit for calls that send something to this channel or person."""
        return replace(self, receiver=receiver)

    def of_team(self, team_id: str) -> "RateLimit":
        """Return the same limit for one of several workspaces; empty: there is only one."""
        return replace(self, name=f"{self.name}:{team_id}") if team_id else self

    def part(self, name: str, *, share: float) -> "RateLimit":
        """Return the limit of a part of these calls, which take this share at most."""
        return replace(
            self,
            name=f"{self.name}:{name}",
            per_second=self.per_second * share,
            burst=max(1, int(self.burst * share)),
        )


class RateLimiter:
    """Grants calls within the limits. Raises redis.RedisError when Redis does not respond."""

    def __init__(self, redis: Redis) -> None:
        self._take = redis.register_script(_TAKE)
        self._left = redis.register_script(_LEFT)
        self._pause = redis.register_script(_PAUSE)
        self._give_back = redis.register_script(_GIVE_BACK)

    def take(self, limit: RateLimit, *, reserve: int = 0) -> timedelta | None:
        """Take one token and return None, or return how long to wait for it.

        Less important calls leave `reserve` tokens to the others.
        """
        arguments = [limit.per_second, limit.burst, min(reserve, limit.burst - 1)]
        wait_s = float(self._take(keys=[keys.rate_limit(limit.name)], args=arguments))
        return timedelta(seconds=wait_s) if wait_s > 0 else None

    def give_back(self, limit: RateLimit) -> None:
        """Put a token back that was taken for a call which was not made."""
        arguments = [limit.per_second, limit.burst]
        self._give_back(keys=[keys.rate_limit(limit.name)], args=arguments)

    def left(self, limit: RateLimit) -> int:
        """Return how many tokens could be taken now; others may take them first."""
        return max(0, int(self._tokens(limit)))

    def wait(self, limit: RateLimit) -> timedelta | None:
        """Return how long to wait until a token can be taken; None: one can now."""
        missing = 1 - self._tokens(limit)
        return timedelta(seconds=missing / limit.per_second) if missing > 0 else None

    def _tokens(self, limit: RateLimit) -> float:
        arguments = [limit.per_second, limit.burst]
        return float(self._left(keys=[keys.rate_limit(limit.name)], args=arguments))

    def pause(self, limit: RateLimit, span: timedelta) -> None:
        """Grant no token for `span`, as a service has requested; a longer pause goes on."""
        arguments = [limit.per_second, limit.burst, span.total_seconds()]
        self._pause(keys=[keys.rate_limit(limit.name)], args=arguments)


class SharedThrottle:
    """Keeps all clients of an endpoint together within one rate limit.

    Less important ones leave a `reserve` of tokens to the others, or keep besides within a `part`
    of the limit. What a service refuses to those that do not slow all down says nothing of what it
    takes from others.
    """

    def __init__(
        self,
        limiter: RateLimiter,
        limit: RateLimit,
        *,
        reserve: int = 0,
        part: RateLimit | None = None,
        slows_all: bool = True,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limiter = limiter
        self._limit = limit
        self._reserve = reserve
        self._part = part
        self._slows_all = slows_all
        self._sleep = sleep

    def wait_for_turn(self) -> None:
        """Return when a request may be sent. Raises ThrottledError after some seconds."""
        left = LONGEST_WAIT
        if self._part is not None:
            left = self._wait_for(self._part, left)
        try:
            self._wait_for(self._limit, left, reserve=self._reserve)
        except OwnRateLimitError:
            if self._part is not None:
                self._limiter.give_back(self._part)
            raise

    def _wait_for(self, limit: RateLimit, left: timedelta, *, reserve: int = 0) -> timedelta:
        """Return how much of the time is left once a token is taken. Raises OwnRateLimitError."""
        while (wait := self._limiter.take(limit, reserve=reserve)) is not None:
            if wait > left:
                raise OwnRateLimitError(
                    "Our own rate limit for this endpoint is used up.",
                    http_status=HTTPStatus.TOO_MANY_REQUESTS,
                    retry_after=wait,
                )
            self._sleep(wait.total_seconds())
            left -= wait
        return left

    def slow_down(self, pause: timedelta | None) -> None:
        """Grant no request for as long as the service has asked, or for a moment."""
        if not self._slows_all:
            return
        self._limiter.pause(self._limit, min(pause or SHORT_PAUSE, LONGEST_PAUSE))


#: Slack allows 50 updates per minute and workspace. All cards share 48 of them.
#: https://docs.slack.dev/apis/web-api/rate-limits (tier 3)
UPDATE_LIMIT = RateLimit(name="slack:chat.update", per_second=0.8, burst=40)

#: Tokens that updates of progress leave for everything else: so many runs may end in one moment,
#: and their cards say so at once. Updates of progress are as many as with a smaller reserve: the
#: bucket is only fuller meanwhile.
RESERVE_OF_BEST_EFFORT = 36

#: Slack allows about 100 a minute for a whole workspace; each of these uses at most 90:
#: https://docs.slack.dev/apis/web-api/rate-limits (tier 4)
PUBLISH_LIMIT = RateLimit(name="slack:views.publish", per_second=1.5, burst=30)
EPHEMERAL_LIMIT = RateLimit(name="slack:chat.postEphemeral", per_second=1.5, burst=30)


def post_message_limit(channel_id: str) -> RateLimit:
    """Return the rate limit of posts to a channel: one per second, a few at once."""
    name = f"slack:chat.postMessage:{channel_id}"
    return RateLimit(name=name, per_second=1, burst=5, receiver=channel_id)


def response_url_limit(response_url: str) -> RateLimit:
    """Return the rate limit of a response_url, which is a secret: five replies in half an hour."""
    digest = hashlib.sha256(response_url.encode()).hexdigest()[:24]
    name = f"response_url:{digest}"
    return RateLimit(name=f"slack:{name}", per_second=1, burst=5, receiver=name)


def request_limit(endpoint: str, *, per_second: float) -> RateLimit:
    """Return the rate limit of requests to a MaxCompute endpoint."""
    host = urlsplit(endpoint).netloc
    return RateLimit(
        name=f"maxcompute:{host}", per_second=per_second, burst=max(2, int(per_second))
    )
