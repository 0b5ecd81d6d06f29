"""Whose a run is, and who may see it where it can be read. Pure."""

from odps_bot.runs.run import Run


def is_own(run: Run, *, user_id: str) -> bool:
    """Return whether the person has asked for the run.

    Slack gives no id to two people. Which workspace it names for one person differs by payload.
    """
    return run.user_id == user_id


def is_visible(run: Run, *, team_id: str, channel_id: str, user_id: str) -> bool:
    """Return whether a person in a channel may see the run: their own, or one of that channel."""
    is_here = (run.team_id, run.channel_id) == (team_id, channel_id)
    return is_here or is_own(run, user_id=user_id)


def is_their_job(run: Run, *, user_id: str) -> bool:
    """Return whether the person has started the job, so that they may always stop it.

    Whoever took up an instance that was there does not own it.
    """
    is_started = run.tracked_instance_id is None
    return is_started and is_own(run, user_id=user_id)
