"""The ephemeral question whether to run a statement again that may change data."""

from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, actions, button, context, preformatted, section
from odps_bot.messages.message import Message
from odps_bot.messages.run.buttons import CONFIRM_RUN_AGAIN, LEAVE_IT, QUESTION, sql_button
from odps_bot.messages.run_link import run_link
from odps_bot.runs.run import Run

SQL_CHARACTERS = 2_500


def rerun_question(run: Run, *, ends_alike: bool) -> Message:
    """Return the question, with the statement.

    `ends_alike` says that running it twice has the same effect as running it once.
    """
    sql = run.sql.strip()
    what = (
        "it would overwrite what it wrote before"
        if ends_alike
        else "it would make its changes a second time"
    )
    question = (
        f":warning: Run {run_link(run)} may change data: {what}."
        f" Run it again in {t.code(run.project)}?"
    )
    buttons = [
        button("Run it again", action_id=CONFIRM_RUN_AGAIN, value=run.run_id) | {"style": "danger"},
        button("Don't", action_id=LEAVE_IT, value=run.run_id),
    ]
    blocks: list[Block] = [section(question), preformatted(sql[:SQL_CHARACTERS])]
    if len(sql) > SQL_CHARACTERS:
        blocks.append(context(f"Showing the first {SQL_CHARACTERS:,} of {len(sql):,} characters."))
        buttons.append(sql_button(run))
    blocks.append(actions(buttons, block_id=QUESTION))
    blocks.append(
        context("Nothing was submitted yet. Only you can answer; this expires in 30 minutes.")
    )
    return Message(f"{question}\n{t.one_line(sql, limit=SQL_CHARACTERS)}", blocks)
