"""A run that awaits an approver's decision, where they see it apart from its card."""

from odps_bot.messages import text as t
from odps_bot.messages.blocks import (
    BUTTONS,
    Block,
    actions,
    context,
    preformatted,
    section,
)
from odps_bot.messages.message import Message
from odps_bot.messages.run import questions
from odps_bot.messages.run.buttons import sql_button
from odps_bot.messages.run.states import state_in_words
from odps_bot.messages.run_link import link_for_others
from odps_bot.messages.sql_preview import sql_as_code
from odps_bot.runs.run import Run

#: How much of a statement is shown that does not fit.
EXCERPT_LINES = 8
EXCERPT_CHARACTERS = 600


def approval_request(run: Run) -> Message:
    """Return the direct message that asks an approver."""
    headline = f":raised_hand: {asked_by(run)}"
    words = f"{headline}\n{why_and_until(run)}"
    blocks = [
        section(words),
        *statement(run, most=questions.SHOWN_CHARACTERS),
        actions(decision_row(run), block_id=BUTTONS),
    ]
    return Message(words, blocks)


def decided_request(run: Run) -> Message:
    """Return what the direct message becomes once nothing is to be decided any more."""
    how = questions.decision_in_words(run) or state_in_words(run)
    words = f"{asked_by(run)}\n{how}."
    return Message(words, [section(words), context(sql_as_code(run.sql, limit=150))])


def asked_by(run: Run) -> str:
    """Return which run somebody asks to have approved, and where."""
    # Other people do not even learn that it was a direct message.
    where = "" if run.channel_id.startswith("D") else f" in <#{run.channel_id}>"
    return f"Run {link_for_others(run)} in {t.code(run.project)} · {t.mention(run.user_id)}{where}"


def why_and_until(run: Run) -> str:
    """Return why it is asked, and until when."""
    if run.question is None:
        return ""
    until = t.day_and_time(run.question.expires_at)
    return f"{questions.why_in_words(run, run.question)} This expires {until}."


def statement(run: Run, *, most: int) -> list[Block]:
    """Return all that runs, or how it begins where it has more than so many characters."""
    whole = questions.all_that_runs(run)
    if len(whole) <= most:
        return [preformatted(whole)]
    excerpt = "\n".join(whole.splitlines()[:EXCERPT_LINES])[:EXCERPT_CHARACTERS].rstrip()
    note = f"The first of {len(whole):,} characters. Read all of it with *SQL* or in the thread."
    return [preformatted(excerpt + t.ELLIPSIS), context(note)]


def decision_row(run: Run) -> list[Block]:
    """Return the buttons of whoever decides."""
    return [*questions.decision_buttons(run), sql_button(run)]
