"""The milestones of a run: one message in its thread, updated as they are reached."""

from odps_bot.messages import text as t
from odps_bot.messages.blocks import section
from odps_bot.messages.message import Message
from odps_bot.messages.run.outcomes import milestone_in_words
from odps_bot.messages.run_link import run_link
from odps_bot.runs.run import Run

SHOWN = 15


def progress_reply(run: Run) -> Message:
    """Return the milestones so far, one per line, the newest last."""
    shown = run.milestones[-SHOWN:]
    lines = [f"{t.clock_time(m.at)}  {t.one_line(milestone_in_words(m), limit=150)}" for m in shown]
    if len(run.milestones) > len(shown):
        lines.insert(0, t.ELLIPSIS)
    text = f"Progress of run {run_link(run)}\n" + "\n".join(lines)
    return Message(f"Progress of run {run.name}", [section(text)])
