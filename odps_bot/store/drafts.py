"""Statements that wait for their form: too long for a field of a modal, kept for its person."""

import secrets

import msgspec
from redis import Redis

from odps_bot.store import keys
from odps_bot.store.codec import decode


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A statement, and who may run it."""

    team_id: str
    user_id: str
    sql: str


class Drafts:
    """The drafts. Methods raise redis.RedisError when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def keep(self, draft: Draft) -> str:
        """Keep a statement for a while and return its id."""
        draft_id = secrets.token_hex(8)
        self._redis.set(keys.draft(draft_id), msgspec.json.encode(draft), ex=keys.draft.life)
        return draft_id

    def get(self, draft_id: str, *, team_id: str, user_id: str) -> Draft | None:
        """Return a person's own draft, or None: it has expired, or is somebody else's.

        Raises CorruptRecordError.
        """
        kept = self._redis.get(keys.draft(draft_id))
        if not isinstance(kept, bytes):
            return None
        draft = decode(kept, Draft)
        return draft if (draft.team_id, draft.user_id) == (team_id, user_id) else None
