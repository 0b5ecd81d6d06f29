"""How far the search for an instance by its Guid has come, so that the next job goes on there."""

from typing import Any

from odps_bot.store import keys
from odps_bot.store.redis_values import RedisStore, text


class GuidSearches(RedisStore):
    """Instances that are not a run's own. Methods raise redis.RedisError."""

    def others(self, run_id: str) -> dict[str, int]:
        """Return instances that need not be read again, or how often that was refused.

        0: it was read, and is another run's.
        """
        kept = self._redis.hgetall(keys.guid_search(run_id))
        return {text(one): int(times) for one, times in kept.items() if times.isdigit()}

    def remember(self, run_id: str, others: dict[str, int]) -> None:
        """Add to what `others` returns."""
        if not others:
            return
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(keys.guid_search(run_id), mapping=dict[Any, Any](others))
            pipe.expire(keys.guid_search(run_id), keys.guid_search.life)
            pipe.execute()
