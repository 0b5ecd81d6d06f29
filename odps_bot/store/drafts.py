"""What the run modal is to be filled in with, kept while it is open or until it is asked for."""

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

from odps_bot.store import keys
from odps_bot.store.codec import decode
from odps_bot.store.redis_values import RedisStore


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A statement and the only person who may run it; in a question also how it was to be run."""

    team_id: str
    user_id: str
    sql: str
    note: str = ""  #: mrkdwn, above the fields
    has_gaps: bool = False
    is_estimate: bool = False
    project: str | None = None
    priority: int | None = None
    quota: str = ""
    interactive: bool | None = None
    hints: Mapping[str, str] = msgspec.field(default_factory=dict)
    notify: tuple[str, ...] = ()
    unknown_people: tuple[str, ...] = ()  #: names to notify that Slack gave no ids for
    channel_id: str = ""
    thread_ts: str | None = None
    file: Mapping[str, Any] | None = None  #: Slack's file object, in place of the statement


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
