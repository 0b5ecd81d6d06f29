"""Events that Slack delivers again when they were not acknowledged: each is handled once."""

from datetime import timedelta

from odps_bot.store import keys
from odps_bot.store.redis_values import RedisStore

#: After this, a process that handles an event is done or dead.
HANDLING = timedelta(seconds=10)

_IN_HAND = b"in hand"
_DONE = b"done"


class EventDeduplicator(RedisStore):
    """The handled events."""

    def begin(self, interaction_id: str) -> bool:
        """Return whether to handle the event: nobody has, and nobody is handling it."""
        return bool(
            self._redis.set(keys.handled_event(interaction_id), _IN_HAND, nx=True, ex=HANDLING)
        )

    def is_done(self, interaction_id: str) -> bool:
        """Return whether the event was handled."""
        return self._redis.get(keys.handled_event(interaction_id)) == _DONE

    def finish(self, interaction_id: str) -> None:
        """Record that the event was handled."""
        self._redis.set(keys.handled_event(interaction_id), _DONE, ex=keys.handled_event.life)

    def release(self, interaction_id: str) -> None:
        """Let a repetition of the event be handled, as this one could not be."""
        self._redis.delete(keys.handled_event(interaction_id))
