"""Channels in which Slack takes no updates for now: archived ones, or ones without the bot.

Nobody tells us when that ends, so it is tried from time to time: by one of the cards that wait
there, while all others wait for what comes of it.
"""

from datetime import timedelta

from odps_bot.store import keys
from odps_bot.store.redis_values import RedisStore

#: How long one that tries keeps all others waiting, which is longer than its call takes.
TRYING = timedelta(seconds=30)

AT_ONCE = timedelta(0)

_CLOSED, _OPEN = b"1", b"open"


class ClosedChannels(RedisStore):
    """The closed channels, each with the time until somebody tries it again."""

    def wait(self, channel_id: str) -> timedelta:
        """Return how long to wait before the channel may be tried; 0: the caller tries it now."""
        key = keys.closed_channel(channel_id)
        if self._redis.set(key, _CLOSED, nx=True, px=TRYING):
            return AT_ONCE
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.get(key)
            pipe.pttl(key)
            kept, left_ms = pipe.execute()
        return AT_ONCE if kept == _OPEN else timedelta(milliseconds=max(1_000, int(left_ms)))

    def close(self, channel_id: str, *, pause: timedelta) -> None:
        """Let nobody try the channel for so long."""
        self._redis.set(keys.closed_channel(channel_id), _CLOSED, px=pause)

    def reopen(self, channel_id: str) -> None:
        """Let everybody in again: Slack has taken an update there.

        It is known until the last one that waits has come back.
        """
        self._redis.set(keys.closed_channel(channel_id), _OPEN, px=keys.closed_channel.life)
