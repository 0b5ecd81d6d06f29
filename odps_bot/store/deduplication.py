"""Events that Slack delivers again when it got no answer: each is handled once."""

from datetime import timedelta

from redis import Redis

from odps_bot.store import keys

#: A process that handles an event has ended or died after this.
HANDLING = timedelta(seconds=10)

#: Slack gives up delivering after about six minutes: https://docs.slack.dev/apis/events-api
REMEMBERED = timedelta(hours=1)

_IN_HAND = b"in hand"
_DONE = b"done"


class EventDeduplicator:
    """What was heard. Methods raise redis.RedisError when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def begin(self, interaction_id: str) -> bool:
        """Return whether the event is ours to handle: nobody has, and nobody is at it."""
        return bool(self._redis.set(keys.heard(interaction_id), _IN_HAND, nx=True, ex=HANDLING))

    def is_done(self, interaction_id: str) -> bool:
        """Return whether the event was handled, so that its repetition means nothing."""
        return self._redis.get(keys.heard(interaction_id)) == _DONE

    def finish(self, interaction_id: str) -> None:
        """Remember that the event was handled."""
        self._redis.set(keys.heard(interaction_id), _DONE, ex=REMEMBERED)

    def release(self, interaction_id: str) -> None:
        """Let a repetition be handled, as this one could not be."""
        self._redis.delete(keys.heard(interaction_id))
