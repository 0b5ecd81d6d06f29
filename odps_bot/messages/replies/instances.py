"""Ephemeral messages about an instance that belongs to no run."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from odps_bot.messages import text as t
from odps_bot.messages.blocks import BUTTONS, actions, button, section
from odps_bot.messages.message import Message
from odps_bot.messages.run.buttons import SHOW_WHY

SHOW_INSTANCE_LOGVIEW = "show_instance_logview"
WATCH_INSTANCE = "watch_instance"


@dataclass(frozen=True, kw_only=True)
class InstanceStanding:
    """The status of an instance."""

    project: str
    instance_id: str
    status: str  #: in one word: ``running``, ``queued``, ``succeeded``
    is_over: bool
    owner: str | None = None
    took: timedelta | None = None  #: until `seen_at`, while it runs
    seen_at: datetime | None = None  #: None: it is over
    percentage: int | None = None
    waits: str = ""  #: why it is still waiting, in MaxCompute's words


def instance_value(project: str, instance_id: str) -> str:
    """Return the value of a button about an instance."""
    return f"{project} {instance_id}"


def read_instance_value(value: str) -> tuple[str, str] | None:
    """Return project and instance id of such a value, or None for any other."""
    project, _, instance_id = value.partition(" ")
    return (project, instance_id) if project and instance_id else None


def instance_status(standing: InstanceStanding) -> Message:
    """Return the status of the instance, and how to follow it while it runs."""
    headline = (
        f":mag: Instance {t.code(standing.instance_id)} in {t.code(standing.project)} is"
        f" {_situation(standing)}.\nIt was not started from Slack"
        + (f"; its owner is {t.code(standing.owner, limit=80)}." if standing.owner else ".")
    )
    value = instance_value(standing.project, standing.instance_id)
    buttons = [button("Logview", action_id=SHOW_INSTANCE_LOGVIEW, value=value)]
    if standing.is_over:
        return Message(headline, [section(headline), actions(buttons, block_id=BUTTONS)])
    buttons.insert(0, button("Why?", action_id=SHOW_WHY, value=value))
    buttons.insert(0, button("Follow it here", action_id=WATCH_INSTANCE, value=value))
    how = t.code(f"/odps watch --project {standing.project} {standing.instance_id}")
    return Message(
        f"{headline} {how} follows it here.",
        [section(headline), actions(buttons, block_id=BUTTONS)],
    )


def _situation(standing: InstanceStanding) -> str:
    parts = [f"*{t.one_line(standing.status, limit=40)}*"]
    if standing.percentage is not None:
        parts.append(f"{t.bar(standing.percentage)} {standing.percentage}%")
    if standing.waits:
        parts.append(t.one_line(standing.waits, limit=200))
    if standing.took is not None:
        words = t.duration(standing.took)
        parts.append(f"after {words}" if standing.is_over else f"{words} elapsed")
    if standing.seen_at is not None and not standing.is_over:
        parts.append(t.as_of(standing.seen_at))
    return " · ".join(parts)
