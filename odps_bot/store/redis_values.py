"""What all stores share: Redis' own clock in a script, and its responses as text."""

from redis import Redis

#: Redis' clock in a script, in seconds since the epoch; `version` is a new one with every call.
REDIS_NOW = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local version = time[1] .. '.' .. time[2]
"""


class RedisStore:
    """A store in Redis. Methods raise redis.RedisError when Redis does not respond."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis


def text(value: object) -> str:
    """Return a value of Redis' response as text."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
