"""Whose a run is, and who may see it where it can be read. Pure."""

from typing import Protocol

from odps_bot.errors import DenialCode
from odps_bot.runs.run import Run


class Placed(Protocol):
    """Something that somebody has asked for somewhere: a run, or a part of one."""

    @property
    def team_id(self) -> str:
        """Slack's id of the workspace."""

    @property
    def channel_id(self) -> str:
        """Slack's id of the channel, or of a direct message."""

    @property
    def user_id(self) -> str:
        """Slack's id of the person."""


def is_own(run: Placed, *, user_id: str) -> bool:
    """Return whether the person has asked for the run.

    Slack gives no id to two people. Which workspace it names for one person differs by payload.
    """
    return run.user_id == user_id


def is_visible(run: Placed, *, team_id: str, channel_id: str, user_id: str) -> bool:
    """Return whether a person in a channel may see the run: their own, or one of that channel."""
    is_here = (run.team_id, run.channel_id) == (team_id, channel_id)
    return is_here or is_own(run, user_id=user_id)


def why_hidden(run: Placed, *, team_id: str, channel_id: str, user_id: str) -> DenialCode | None:
    """Return why a person in a channel may not see the run; None if they may."""
    if is_visible(run, team_id=team_id, channel_id=channel_id, user_id=user_id):
        return None
    is_here = run.team_id == team_id
    return DenialCode.OTHER_CHANNEL if is_here else DenialCode.OTHER_WORKSPACE


def is_their_job(run: Run, *, user_id: str) -> bool:
    """Return whether the person has started the job, so that they may always stop it.

    Whoever took up an instance that was there does not own it.
    """
    is_started = run.tracked_instance_id is None
    return is_started and is_own(run, user_id=user_id)
