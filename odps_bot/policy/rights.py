"""Who may stop a run, and see where it can be read. Pure."""

from odps_bot.runs.record import Run


def is_visible(run: Run, *, team_id: str, channel_id: str, user_id: str) -> bool:
    """Return whether a person in a channel may see the run: their own, or one of that channel."""
    return run.team_id == team_id and (run.user_id == user_id or run.channel_id == channel_id)


def may_stop(run: Run, *, team_id: str, channel_id: str, user_id: str) -> bool:
    """Return whether a person in a channel may stop the run.

    The requester may from anywhere, everybody else where the run's card stands; what was not
    started from Slack is its owner's to stop.
    """
    return not run.is_foreign and is_visible(
        run, team_id=team_id, channel_id=channel_id, user_id=user_id
    )
