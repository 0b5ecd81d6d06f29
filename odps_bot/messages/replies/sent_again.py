"""The ephemeral answer to a statement that the same person has just sent."""

from datetime import datetime

from odps_bot.messages.blocks import actions, button, context, section
from odps_bot.messages.message import Message
from odps_bot.messages.run.buttons import QUESTION
from odps_bot.messages.run.states import state_in_words
from odps_bot.messages.run_link import run_link
from odps_bot.runs.run import Run

RUN_ANYWAY = "run_anyway"


def sent_again(first: Run, *, now: datetime, question_id: str) -> Message:
    """Return where the first run is.

    The button has `question_id` in its value, so that it runs the statement once.
    """
    ago_s = max(1, round((now - first.requested_at).total_seconds()))
    ago = "1 second" if ago_s == 1 else f"{ago_s} seconds"
    where = "" if first.card_url else f", see its card in <#{first.channel_id}>"
    said = (
        f":repeat: You sent this statement {ago} ago: it is run {run_link(first)}"
        f" ({state_in_words(first)}){where}. It was not submitted a second time."
    )
    anyway = button("Run again anyway", action_id=RUN_ANYWAY, value=f"{first.run_id}:{question_id}")
    return Message(
        said,
        [
            section(said),
            actions([anyway], block_id=QUESTION),
            context("Slack may report a command as failed although I received it."),
        ],
    )


def sent_just_now() -> Message:
    """Return the same while the first run is being stored."""
    return Message(
        ":repeat: You sent this statement a moment ago; its card follows. It was not submitted a"
        " second time. If no card appears within half a minute, send it again."
    )
