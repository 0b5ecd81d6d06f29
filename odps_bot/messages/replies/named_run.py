"""The ephemeral answer to a run that was named where something is to be run."""

from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, actions, section
from odps_bot.messages.message import Message
from odps_bot.messages.run.buttons import (
    EDIT_IN_WORDS,
    QUESTION,
    edit_button,
    is_sql_known,
    repeat_buttons,
)
from odps_bot.messages.run.states import state_in_words
from odps_bot.messages.run_link import run_link
from odps_bot.messages.sql_preview import sql_as_code
from odps_bot.runs.run import Run

SQL_CHARACTERS = 150


def run_in_place_of_sql(
    run: Run, *, has_options: bool = False, is_estimate: bool = False
) -> Message:
    """Return that this is a run, and the buttons that run its statement again or change it.

    `has_options`: there were options beside it, for which the form has fields, as for an estimate.
    """
    parts = [f":point_right: {_what(run)}. Nothing was submitted."]
    buttons: list[Block] = []
    if not is_sql_known(run):
        parts.append("MaxCompute doesn't give me its statement.")
    elif run.is_final:
        buttons = repeat_buttons(run, is_edit_wanted=True)
    else:
        buttons = [edit_button(run)]
        parts.append(f"It hasn't ended; {EDIT_IN_WORDS} starts another one.")
    if is_estimate and buttons:
        parts.append(f"{EDIT_IN_WORDS} can also estimate its cost without running it.")
    elif has_options and buttons:
        parts.append(f"For other options, use {EDIT_IN_WORDS}.")
    said = " ".join(parts)
    return Message(said, _blocks(said, buttons))


def run_to_edit(run: Run) -> Message:
    """Return the button that opens the form, for where no form can be opened at once."""
    said = f":pencil2: {_what(run)}. Nothing was submitted yet."
    return Message(said, _blocks(said, [edit_button(run)]))


def _what(run: Run) -> str:
    sql = sql_as_code(run.sql, limit=SQL_CHARACTERS)
    what = f"{run_link(run)} is a run in {t.code(run.project)} ({state_in_words(run)})"
    return f"{what}: {sql}" if is_sql_known(run) else what


def _blocks(said: str, buttons: list[Block]) -> list[Block]:
    return [section(said), actions(buttons, block_id=QUESTION)] if buttons else []
