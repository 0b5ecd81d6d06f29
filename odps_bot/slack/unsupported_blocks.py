"""Forms of messages that this workspace's Slack refuses, so that no message tries them in vain."""

from redis import Redis

from odps_bot.store import keys


class UnsupportedBlocks:
    """What Slack has refused of late. Methods raise redis.RedisError when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def remember(self, form: str) -> None:
        """Say that Slack refuses the form, and takes a plainer one of the same message."""
        self._redis.set(keys.unsupported_block(form), 1, ex=keys.unsupported_block.life)

    def is_refused(self, form: str) -> bool:
        """Return whether the form need not be tried."""
        return bool(self._redis.exists(keys.unsupported_block(form)))
