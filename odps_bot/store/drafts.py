"""Statements that are too long for a field of a modal, kept while it is open."""

import secrets

import msgspec

from odps_bot.store import keys
from odps_bot.store.codec import decode
from odps_bot.store.redis_values import RedisStore


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A statement and the only person who may run it."""

    team_id: str
    user_id: str
    sql: str


class Drafts(RedisStore):
    """The drafts."""

    def keep(self, draft: Draft) -> str:
        """Save a statement and return its id."""
        draft_id = secrets.token_hex(8)
        self._redis.set(keys.draft(draft_id), msgspec.json.encode(draft), ex=keys.draft.life)
        return draft_id

    def get(self, draft_id: str, *, team_id: str, user_id: str) -> Draft | None:
        """Return a person's own draft, or None when it has expired or is somebody else's.

        Raises CorruptRecordError.
        """
        kept = self._redis.get(keys.draft(draft_id))
        if not isinstance(kept, bytes):
            return None
        draft = decode(kept, Draft)
        return draft if (draft.team_id, draft.user_id) == (team_id, user_id) else None
