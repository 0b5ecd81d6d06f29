"""The modal with the first rows of a result, for where no message can show them to one person."""

from datetime import datetime

import msgspec

from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, context, plain_text, section
from odps_bot.messages.message import Modal
from odps_bot.messages.results.tables import monospace_table, shown_part
from odps_bot.messages.run import states
from odps_bot.messages.run.completion import what_is_shown
from odps_bot.messages.run_link import run_link
from odps_bot.runs.run import Run, Table

TITLE_CHARACTERS = 24

#: The name of the columns, and the line below.
_HEAD_LINES = 2


def result_modal_view(run: Run, table: Table, *, now: datetime) -> Modal:
    """Return the modal. Slack shows tables in messages only: here they are text in fixed width."""
    took = states.run_duration(run, now)
    title = f"Run {run_link(run)} in {t.code(run.project)}: {states.rows_in_words(run)} in {took}."
    blocks: list[Block] = [section(title)]
    plainer: list[Block] = [section(title)]
    shown = shown_part(table)
    if shown.rows:
        drawn = monospace_table(shown, caption="")
        text = drawn["elements"][0]["elements"][0]["text"]
        blocks.append(drawn)
        plainer.append({"type": "section", "text": plain_text(text)})
        rows = shown.rows[: len(text.split("\n")) - _HEAD_LINES]
        if note := what_is_shown(table, msgspec.structs.replace(shown, rows=rows)):
            blocks.append(context(note))
            plainer.append(context(note))
    view = {
        "type": "modal",
        "title": plain_text(f"Result of {run.name}"[:TITLE_CHARACTERS]),
        "close": plain_text("Close"),
        "blocks": blocks,
    }
    return Modal(view, make_plainer=lambda: view | {"blocks": plainer})
