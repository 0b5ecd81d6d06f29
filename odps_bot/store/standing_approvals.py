"""Approvals that hold for the same statement with other values, until they end."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from odps_bot.store import keys
from odps_bot.store.codec import Instant, decode_or_discard
from odps_bot.store.pipelined import Pipelined
from odps_bot.store.redis_values import RedisStore

#: A project has no more of them at a time: a new one takes the place of the one that ends first.
MOST_OF_A_PROJECT = 200


class StandingApproval(msgspec.Struct, frozen=True, kw_only=True):
    """Whose statements of one shape need no approval of their own in a project, and until when."""

    approval_id: str  #: of the run that was approved
    run: str  #: its short name
    team_id: str
    project: str
    user_id: str  #: whose statements
    approver_id: str
    channel_id: str  #: where it was given
    digest: str  #: of the shape
    text: str  #: of the shape, for people
    granted_at: Instant
    expires_at: Instant
    rules: str  #: a digest of the rules that it hangs on
    is_approver_external: bool = False

    @property
    def field(self) -> str:
        """Its name among those of its project."""
        return _field(self.team_id, self.user_id, self.digest)


class StandingApprovals(RedisStore):
    """The approvals of all projects."""

    def grant(self, approval: StandingApproval) -> None:
        """Keep an approval; it replaces an earlier one for the same statements."""
        held = self.of_project(approval.project, now=approval.granted_at)
        kept = [one for one in held if one.field != approval.field]
        first_to_end = sorted(kept, key=lambda one: one.expires_at)
        surplus = first_to_end[: max(0, len(kept) - MOST_OF_A_PROJECT + 1)]
        key = keys.standing_approvals(approval.project)
        with self._redis.pipeline(transaction=True) as pipe:
            if surplus:
                pipe.hdel(key, *(one.field for one in surplus))
            pipe.hset(key, approval.field, msgspec.json.encode(approval))
            pipe.expire(key, keys.standing_approvals.life)
            pipe.execute()

    def find(
        self, project: str, *, team_id: str, user_id: str, digest: str, now: datetime
    ) -> StandingApproval | None:
        """Return the approval for a person's statements of a shape, if it has not expired."""
        kept = self._redis.hget(keys.standing_approvals(project), _field(team_id, user_id, digest))
        found = decode_or_discard(kept, StandingApproval) if isinstance(kept, bytes) else None
        return found if found and now < found.expires_at else None

    def of_projects(
        self, projects: Sequence[str], team_id: str, *, now: datetime
    ) -> list[StandingApproval]:
        """Return a team's approvals that hold in the projects, those first that end first."""
        reading: Pipelined[list[Any]] = Pipelined(
            [("HVALS", keys.standing_approvals(project)) for project in projects], list
        )
        found = _decode((value for values in reading.run(self._redis) for value in values), now)
        ours = [one for one in found if one.team_id == team_id]
        return sorted(ours, key=lambda one: one.expires_at)

    def of_project(self, project: str, *, now: datetime) -> list[StandingApproval]:
        """Return the approvals of all teams that hold in the project."""
        return _decode(self._redis.hvals(keys.standing_approvals(project)), now)

    def end(self, approval: StandingApproval) -> bool:
        """End an approval; return whether it was there."""
        return bool(self._redis.hdel(keys.standing_approvals(approval.project), approval.field))

    def end_all(self, project: str, *, now: datetime) -> list[StandingApproval]:
        """End all approvals of a project, and return those that still held."""
        ended = self.of_project(project, now=now)
        self._redis.delete(keys.standing_approvals(project))
        return ended


def _field(team_id: str, user_id: str, digest: str) -> str:
    return f"{team_id} {user_id} {digest}"


def _decode(values: Iterable[Any], now: datetime) -> list[StandingApproval]:
    found = (decode_or_discard(value, StandingApproval) for value in values)
    return [one for one in found if one is not None and now < one.expires_at]
