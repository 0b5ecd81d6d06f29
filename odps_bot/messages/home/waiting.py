"""What waits for a person's decision, in their App Home."""

from collections.abc import Sequence

from odps_bot.messages.blocks import Block, actions, context, section
from odps_bot.messages.run import approval_requests, questions
from odps_bot.runs.run import Run

#: So many are shown, those first that expire first.
MOST_SHOWN = 5

#: A longer statement is shown as an excerpt: a view has a limit for all of its blocks.
SHOWN_CHARACTERS = 1_200


def waiting_list(runs: Sequence[Run]) -> list[Block]:
    """Return the questions with their buttons; nothing if none is open."""
    if not runs:
        return []
    blocks: list[Block] = [{"type": "divider"}, section("*Waiting for you*")]
    for run in runs[:MOST_SHOWN]:
        blocks += _question(run)
    if len(runs) > MOST_SHOWN:
        blocks.append(context(f"and {len(runs) - MOST_SHOWN} more, which expire later."))
    return blocks


def _question(run: Run) -> list[Block]:
    words = f"{approval_requests.asked_by(run)}\n{approval_requests.why_and_until(run)}"
    if questions.waits_for_file(run):
        words += "\nIt can be approved once the whole statement is in the thread as a file."
    return [
        section(words),
        *approval_requests.statement(run, most=SHOWN_CHARACTERS),
        actions(approval_requests.decision_row(run), block_id=f"waiting:{run.run_id}"),
    ]
