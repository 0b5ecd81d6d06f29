"""A run's statement as a file, for one person: in their direct messages with the bot."""

from odps_bot.messages import text as t
from odps_bot.messages.blocks import BUTTONS, actions, plain_text, section
from odps_bot.messages.message import Message, Modal
from odps_bot.messages.modals.run_modal import TITLE_CHARACTERS
from odps_bot.messages.replies import ephemeral
from odps_bot.messages.replies.result_files import NOTHING_SENT, file_name
from odps_bot.messages.run.buttons import EDIT_IN_WORDS, edit_button
from odps_bot.messages.run_link import run_link
from odps_bot.runs.run import Run

NO_STATEMENT = "MaxCompute doesn't give me the statement of this run. Nothing was sent."


def statement_file_name(run: Run) -> str:
    """Return the name of the file, by which it is found again."""
    return file_name(run, suffix="sql")


def statement_message(run: Run, *, is_own: bool) -> Message:
    """Return what precedes the file; the run can be edited from here by whoever started it."""
    where = (
        f"press {EDIT_IN_WORDS}" if is_own else f"press {EDIT_IN_WORDS} on its card in {_card(run)}"
    )
    said = (
        f":page_facing_up: The statement of run {run_link(run)} in {t.code(run.project)} is"
        f" in the file below. To change and run it, edit the file, {where}, and attach it there."
    )
    buttons = [actions([edit_button(run)], block_id=BUTTONS)] if is_own else []
    return Message(said, [section(said), *buttons])


def statement_file_comment(run: Run) -> str:
    """Return the comment on the file."""
    return f"Run {run_link(run)}: {len(run.sql.strip()):,} characters."


def statement_is_coming(run: Run) -> Modal:
    """Return the modal that says where the file comes."""
    said = (
        f"{t.code(statement_file_name(run))} is on its way to your direct messages with me. Edit"
        f" it, and attach it in the form of {EDIT_IN_WORDS}; the direct message says how to open"
        " that again. Nothing was submitted."
    )
    return Modal(
        {
            "type": "modal",
            "title": plain_text(f"SQL of {run.name}"[:TITLE_CHARACTERS]),
            "close": plain_text("Back"),
            "blocks": [section(said)],
        }
    )


def statement_not_sent(run: Run, *, code: str) -> Message:
    """Return that Slack refuses the direct message or the file. `code` is Slack's error code."""
    return ephemeral.problem(
        f"I couldn't send you the statement of run {run_link(run)} as a direct message"
        f" ({t.code(code)}). {NOTHING_SENT} Its button *SQL* shows it."
    )


def _card(run: Run) -> str:
    return f"<#{run.channel_id}>"
