"""What people have chosen for themselves in the App Home; kept in Redis."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from odps_bot.store import keys
from odps_bot.store.codec import CorruptRecordError, convert
from odps_bot.store.pipelined import Pipelined
from odps_bot.store.redis_values import RedisStore, text


class NotifyStyle(StrEnum):
    """How a person is notified of the end of their runs, besides the reply in the thread."""

    THREAD = "thread"  #: it mentions them
    DIRECT = "direct"  #: it mentions them, and they get a direct message
    FAILURES = "failures"  #: it mentions them only if the run did not succeed


class ApprovalNotice(StrEnum):
    """How a person is asked to approve other people's runs."""

    THREAD = "thread"  #: the run's thread mentions them
    DIRECT = "direct"  #: by a direct message, with the buttons


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """A person's choices."""

    project: str = ""  #: of a run that names none; empty: the team's default
    notify: NotifyStyle = NotifyStyle.THREAD
    approvals: ApprovalNotice = ApprovalNotice.THREAD

    def project_among(self, allowed: Sequence[str]) -> str:
        """Return the project of a run that names none: the chosen one while it is allowed."""
        return self.project if self.project in allowed else allowed[0]

    def lost_project(self, allowed: Sequence[str]) -> str:
        """Return the project that was chosen but is not allowed any more, or nothing."""
        return "" if self.project in allowed else self.project


class PreferenceStore(RedisStore):
    """Everybody's choices."""

    def get(self, team_id: str, user_id: str) -> Preferences:
        """Return the person's choices; what is missing or corrupt is the default."""
        return self.reading(team_id, user_id).run(self._redis)

    @staticmethod
    def reading(team_id: str, user_id: str) -> Pipelined[Preferences]:
        """Return what `get` reads."""
        return Pipelined(
            [("HGETALL", keys.preferences(team_id, user_id))],
            lambda responses: _decode(responses[0]),
        )

    def choose_project(self, team_id: str, user_id: str, project: str) -> None:
        """Save the project for runs that name none."""
        self._keep(team_id, user_id, "project", project)

    def choose_notify(self, team_id: str, user_id: str, style: NotifyStyle) -> None:
        """Save how the person is notified of the end of their runs."""
        self._keep(team_id, user_id, "notify", style)

    def choose_approvals(self, team_id: str, user_id: str, notice: ApprovalNotice) -> None:
        """Save how the person is asked to approve other people's runs."""
        self._keep(team_id, user_id, "approvals", notice)

    def with_approvals(
        self, team_id: str, user_ids: Sequence[str], notice: ApprovalNotice
    ) -> list[str]:
        """Return those of the people who have chosen to be asked so."""
        reading = Pipelined(
            [("HGET", keys.preferences(team_id, one), "approvals") for one in user_ids],
            lambda found: [text(one or "") for one in found],
        )
        chosen = zip(user_ids, reading.run(self._redis), strict=True)
        return [user_id for user_id, value in chosen if value == notice]

    def _keep(self, team_id: str, user_id: str, name: str, value: str) -> None:
        key = keys.preferences(team_id, user_id)
        # A field each, so that two choices at the same time are both kept.
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(key, name, value)
            pipe.expire(key, keys.preferences.life)
            pipe.execute()


def _decode(kept: Mapping[object, object]) -> Preferences:
    try:
        chosen = {text(name): text(value) for name, value in kept.items()}
        return convert(chosen, Preferences)
    except (CorruptRecordError, UnicodeError):
        return Preferences()
