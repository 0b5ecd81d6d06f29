"""The result of a run, for a person who wants to see it again."""

from datetime import datetime

import msgspec

from odps_bot.messages.blocks import BUTTONS, Block, actions, context
from odps_bot.messages.message import Message
from odps_bot.messages.run.buttons import is_sql_known, repeat_buttons, result_buttons, sql_button
from odps_bot.messages.run.completion import completion_replies
from odps_bot.messages.run.states import sent_in_words
from odps_bot.messages.run_link import run_link
from odps_bot.runs.run import Run


def result_answer(run: Run, *, now: datetime) -> list[Message]:
    """Return the result of an ended run, or why there is none, and its fallbacks, best first."""
    buttons = result_buttons(run)
    if is_sql_known(run):
        buttons += [sql_button(run), *repeat_buttons(run)]
    below: list[Block] = []
    if sent := sent_in_words(run):
        below.append(context(f"{sent} of run {run_link(run)}."))
    if buttons:
        below.append(actions(buttons, block_id=BUTTONS))
    for_one = msgspec.structs.replace(run, notify=())
    return [
        Message(form.text, [*form.blocks, *below]) if form.blocks else form
        for form in completion_replies(for_one, now=now)
    ]
