"""What keeps deliverers out of each other's way: kept in Redis for all."""

from datetime import timedelta
from enum import StrEnum

from redis import Redis

from odps_bot.store import keys
from odps_bot.store.redis_values import REDIS_NOW

#: Longer than a post can take; then its fate is looked up.
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
    """What is known of a post before it is made."""

    NEW = "new"  #: nobody has tried
    IN_PROGRESS = "elsewhere"  #: somebody is about it
    UNKNOWN = "suspect"  #: somebody tried, and nobody knows whether Slack carried it out


class MessageLeases:
    """Leases on posts, and turns for edits."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._begin = redis.register_script(_BEGIN)

    def begin_post(self, kind: str, run_id: str) -> PostState:
        """Take the lease of a post. What is neither ended nor undone becomes suspect."""
        arguments = [POSTING_LEASE.total_seconds(), keys.post_lease.life_s]
        found = self._begin(keys=[keys.post_lease(kind, run_id)], args=arguments)
        return PostState(found.decode())

    def end_post(self, kind: str, run_id: str) -> None:
        """Say that the post's fate is known: it was recorded, or certainly not carried out."""
        self._redis.delete(keys.post_lease(kind, run_id))

    def may_update(self, kind: str, run_id: str) -> bool:
        """Return whether the last edit is long enough ago, and take this one's turn."""
        turn = self._redis.set(keys.update_turn(kind, run_id), 1, nx=True, px=UPDATE_INTERVAL)
        return bool(turn)

    def begin_update(self, run_id: str) -> None:
        """Say that an edit of the card is under way, which will show a run that goes on."""
        self._redis.set(keys.update_lease(run_id), 1, px=keys.update_lease.life)

    def end_update(self, run_id: str) -> None:
        """Say that the fate of the edit is known."""
        self._redis.delete(keys.update_lease(run_id))

    def update_under_way(self, run_id: str) -> timedelta | None:
        """Return how long an older edit may still reach Slack, or None when there is none."""
        left_ms = self._redis.pttl(keys.update_lease(run_id))
        return timedelta(milliseconds=left_ms) if left_ms > 0 else None
