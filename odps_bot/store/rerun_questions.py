"""Private questions whether to run a statement again: who was asked, and for how long."""

from datetime import timedelta

from redis import Redis

from odps_bot.store import keys

#: As long as Slack lets us replace the question.
ASKED_FOR = timedelta(minutes=30)


class RerunQuestions:
    """The open questions. Methods raise redis.RedisError when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def ask(self, run_id: str, user_id: str, interaction_id: str) -> None:
        """Keep that this person was asked about this run, by the question `interaction_id`."""
        self._redis.set(keys.question(run_id, user_id), interaction_id, ex=ASKED_FOR)

    def asked(self, run_id: str, user_id: str) -> str | None:
        """Return the id of the open question to this person, or None when there is none."""
        kept = self._redis.get(keys.question(run_id, user_id))
        return kept.decode() if isinstance(kept, bytes) else None

    def admit(self, run_id: str, user_id: str) -> None:
        """Close the question."""
        self._redis.delete(keys.question(run_id, user_id))
