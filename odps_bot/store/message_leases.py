"""Leases in Redis, so that two workers never post or update the same message at a time."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from redis import Redis

from odps_bot.store import keys
from odps_bot.store.pipelined import Pipelined
from odps_bot.store.redis_values import REDIS_NOW

#: Longer than a post can take; afterwards Slack is searched for it.
POSTING_LEASE = timedelta(seconds=30)

#: An update that is not the last one is worth its cost at most this often.
UPDATE_INTERVAL = keys.update_turn.life

#: KEYS posting. ARGV lease in s, life in s.
_BEGIN = (
    REDIS_NOW
    + """
local lease = redis.call('GET', KEYS[1])
if lease and (tonumber(lease) or 0) > now then return 'elsewhere' end
redis.call('SET', KEYS[1], now + tonumber(ARGV[1]), 'EX', ARGV[2])
return lease and 'suspect' or 'new'
"""
)


class PostState(StrEnum):
    """What is known about a post before it is made."""

    NEW = "new"  #: nobody has tried
    IN_PROGRESS = "elsewhere"  #: another worker is posting it
    UNKNOWN = "suspect"  #: a worker tried, and whether Slack has posted it is not known


class MessageLeases:
    """Leases on posts and updates. Methods raise redis.RedisError when Redis does not respond."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._begin = redis.register_script(_BEGIN)

    def begin_post(self, kind: str, run_id: str) -> PostState:
        """Take the lease of a post. Without `end_post` in time it becomes UNKNOWN."""
        arguments = [POSTING_LEASE.total_seconds(), keys.post_lease.life_s]
        found = self._begin(keys=[keys.post_lease(kind, run_id)], args=arguments)
        return PostState(found.decode())

    def end_post(self, kind: str, run_id: str) -> None:
        """Release the lease: the post was recorded, or certainly not made."""
        self._redis.delete(keys.post_lease(kind, run_id))

    def begin_update_interval(self, kind: str, run_id: str) -> bool:
        """Return whether the last update was long enough ago; if so, this one counts as made."""
        turn = self._redis.set(keys.update_turn(kind, run_id), 1, nx=True, px=UPDATE_INTERVAL)
        return bool(turn)

    def begin_update(self, run_id: str) -> None:
        """Record that an update of the card is under way that shows an unfinished run."""
        self.beginning_update(run_id).run(self._redis)

    @staticmethod
    def beginning_update(run_id: str) -> Pipelined[None]:
        """Return what `begin_update` writes."""
        life_ms = int(keys.update_lease.life.total_seconds() * 1_000)
        return Pipelined([("SET", keys.update_lease(run_id), 1, "PX", life_ms)], lambda _: None)

    def end_update(self, run_id: str) -> None:
        """Record that the update has been made, or certainly not."""
        self.ending_update(run_id).run(self._redis)

    @staticmethod
    def ending_update(run_id: str) -> Pipelined[None]:
        """Return what `end_update` writes."""
        return Pipelined([("DEL", keys.update_lease(run_id))], lambda _: None)

    def update_under_way(self, run_id: str) -> timedelta | None:
        """Return how long an older update may still reach Slack, or None when there is none."""
        return self.reading_update(run_id).run(self._redis)

    @staticmethod
    def reading_update(run_id: str) -> Pipelined[timedelta | None]:
        """Return what `update_under_way` reads."""

        def decode(responses: Sequence[Any]) -> timedelta | None:
            return timedelta(milliseconds=responses[0]) if responses[0] > 0 else None

        return Pipelined([("PTTL", keys.update_lease(run_id))], decode)
