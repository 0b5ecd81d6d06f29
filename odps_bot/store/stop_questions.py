"""Questions whether to stop several runs: which ones was fixed when the person was asked."""

import secrets
from datetime import datetime

import msgspec

from odps_bot.store import keys
from odps_bot.store.codec import Instant, decode
from odps_bot.store.redis_values import RedisStore, text


class StopQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs, and the only person who may say yes."""

    team_id: str
    channel_id: str
    user_id: str
    run_ids: tuple[str, ...]
    asked_for: str  #: as it was typed
    asked_at: Instant
    confirmed_at: Instant | None = None  #: when the person first said yes


class StopQuestions(RedisStore):
    """The open questions. Methods raise CorruptRecordError besides redis.RedisError."""

    def ask(self, question: StopQuestion) -> str:
        """Save the question and return its id."""
        question_id = secrets.token_hex(8)
        key = keys.stop_question(question_id)
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(key, "record", msgspec.json.encode(question))
            pipe.expire(key, keys.stop_question.life)
            pipe.execute()
        return question_id

    def get(self, question_id: str) -> StopQuestion | None:
        """Return the question, or None when it has expired or was closed."""
        record, confirmed_at = self._redis.hmget(
            keys.stop_question(question_id), ["record", "confirmed_at"]
        )
        if record is None:
            return None
        question = decode(record, StopQuestion)
        if confirmed_at is None:
            return question
        at = datetime.fromisoformat(text(confirmed_at))
        return msgspec.structs.replace(question, confirmed_at=at)

    def confirm(self, question_id: str, now: datetime) -> None:
        """Record that the person said yes: the first time counts, and it is kept anew from now."""
        key = keys.stop_question(question_id)
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.hsetnx(key, "confirmed_at", now.isoformat())
            pipe.expire(key, keys.stop_question.life)
            pipe.execute()

    def close(self, question_id: str) -> None:
        """Forget the question: the person said no."""
        self._redis.delete(keys.stop_question(question_id))
