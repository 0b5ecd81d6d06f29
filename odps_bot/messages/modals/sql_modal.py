"""The modal that shows the whole statement of a run."""

import json
from collections.abc import Sequence

from odps_bot.messages import text as t
from odps_bot.messages.blocks import BUTTONS, Block, actions, context, preformatted, section
from odps_bot.messages.message import Modal
from odps_bot.messages.modals.modal_place import ModalPlace
from odps_bot.messages.run_link import run_link
from odps_bot.runs.run import Run

#: The limit of a block; a modal has at most 100 blocks and 250 KB of JSON.
#: https://docs.slack.dev/reference/views
CHUNK_CHARACTERS = 3_000
MOST_CHUNKS = 97
MOST_BYTES = 240_000

TITLE_CHARACTERS = 24

NOWHERE = ModalPlace()


def sql_modal_view(
    run: Run, *, buttons: Sequence[Block] = (), place: ModalPlace = NOWHERE
) -> Modal:
    """Return the modal, opened at `place`; a note says how much of the statement does not fit."""
    sql = run.sql.strip()
    chunks = _chunks(sql)
    title = f"Run {run_link(run)} in {t.code(run.project)}"
    shown = sum(map(len, chunks))
    note = f"Showing the first {shown:,} of {len(sql):,} characters, Slack's limit."
    row = [actions(list(buttons), block_id=BUTTONS)] if buttons else []
    notes = [note] if shown < len(sql) else []
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": f"SQL of {run.name}"[:TITLE_CHARACTERS]},
        "close": {"type": "plain_text", "text": "Close"},
        "private_metadata": place.encode(),
        "blocks": [context(title), *row, *map(preformatted, chunks), *map(context, notes)],
    }
    plainer = [section(title), *row, *map(_plain_section, chunks), *map(section, notes)]
    return Modal(view, make_plainer=lambda: view | {"blocks": plainer})


def _plain_section(chunk: str) -> Block:
    return {"type": "section", "text": {"type": "plain_text", "text": chunk, "emoji": False}}


def _chunks(sql: str) -> list[str]:
    """Return as many chunks of `sql` as fit, split between lines where possible."""
    chunks: list[str] = []
    left_bytes = MOST_BYTES
    position = 0
    while position < len(sql) and len(chunks) < MOST_CHUNKS:
        chunk = _piece(sql[position : position + CHUNK_CHARACTERS + 1])
        left_bytes -= len(json.dumps(preformatted(chunk)))
        if left_bytes < 0:
            break
        chunks.append(chunk)
        position += len(chunk)
    return chunks


def _piece(ahead: str) -> str:
    """Return at most a chunk of `ahead`, which is longer than a chunk if more text follows."""
    if len(ahead) <= CHUNK_CHARACTERS:
        return ahead
    end = ahead.rfind("\n", CHUNK_CHARACTERS // 2, CHUNK_CHARACTERS) + 1
    return ahead[: end or CHUNK_CHARACTERS]
