"""Ephemeral questions whether to run a statement again, each open for one person."""

from redis import Redis

from odps_bot.store import keys
from odps_bot.store.redis_values import text


class RerunQuestions:
    """The open questions. Methods raise redis.RedisError when Redis does not respond."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def ask(self, run_id: str, user_id: str, interaction_id: str) -> None:
        """Record that this person was asked about this run, by the question `interaction_id`."""
        self._redis.set(
            keys.rerun_question(run_id, user_id), interaction_id, ex=keys.rerun_question.life
        )

    def asked(self, run_id: str, user_id: str) -> str | None:
        """Return the id of the open question to this person, or None when there is none."""
        kept = self._redis.get(keys.rerun_question(run_id, user_id))
        return kept.decode() if isinstance(kept, bytes) else None

    def close(self, run_id: str, user_id: str) -> None:
        """Close the question."""
        self._redis.delete(keys.rerun_question(run_id, user_id))

    def first_click(self, run_id: str, user_id: str, interaction_id: str) -> str:
        """Return the id of the person's first click of a moment ago; usually it is this one.

        However many clicks come at the same time, all get the same id.
        """
        key = keys.rerun_click(run_id, user_id)
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.set(key, interaction_id, nx=True, px=keys.rerun_click.life)
            pipe.get(key)
            _, first = pipe.execute()
        return text(first)
