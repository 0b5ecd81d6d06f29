"""Ephemeral messages: what only the requester sees."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, context, section, section_with
from odps_bot.messages.message import Message
from odps_bot.messages.replies.row_actions import ROW
from odps_bot.messages.run import buttons
from odps_bot.messages.run.findings import finding_in_short
from odps_bot.messages.run.origins import whose_in_words
from odps_bot.messages.run.outcomes import outcome_in_mrkdwn, queue_in_words
from odps_bot.messages.run.refusals import trouble_in_short
from odps_bot.messages.run.states import as_of_if_old, since_or_duration, state_in_words
from odps_bot.messages.run_link import run_link
from odps_bot.messages.sql_preview import sql_as_code
from odps_bot.runs.progress import progress_percent_of
from odps_bot.runs.run import Run

OFFERED_RUNS = 10

#: Slack cuts longer messages into several.
MESSAGE_CHARACTERS = 3_900

#: How many characters of a statement a list shows.
LISTED_SQL = 80


def problem(mrkdwn: str, *, usage: str | None = None) -> Message:
    """Return what is wrong, and the line of usage that applies."""
    return Message(f":x: {mrkdwn}" + (f"\nUsage: {t.code(usage)}" if usage else ""))


def refusal(run: Run) -> Message:
    """Return why the run was not submitted, and what to do next."""
    return problem(f"Run {run_link(run)}: {outcome_in_mrkdwn(run, limit=2_000)}")


def unexpected(reference: str, *, was_submitted: str) -> Message:
    """Return the reply to an internal error; `was_submitted` says what became of the request."""
    return Message(
        f":x: Something went wrong on my side (ref {t.code(reference)}). {was_submitted}"
    )


def runs_overview(
    rows: Sequence[tuple[Run, Block | None]],
    *,
    now: datetime,
    title: str,
    notes: Sequence[str] = (),
) -> Message:
    """Return a list of runs, each with the button beside it; `notes` (mrkdwn) stand below."""
    blocks = [
        section_with(action, _line(run, now), block_id=f"{ROW}{run.run_id}") for run, action in rows
    ]
    runs = [run for run, _ in rows]
    hint = "`/odps status ID` shows one of them."
    last = "\n".join([hint, *notes])
    return Message(
        _in_lines(f"*{title}*", runs, now, last=last),
        [section(f"*{title}*"), *blocks, context(hint), *map(section, notes)],
    )


def logview_link(address: str, *, name: str, life_in_words: str | None) -> Message:
    """Return a Logview link, for the requester only."""
    note = (
        f"Anyone who has this link can view the job for {life_in_words}: it contains a token."
        if life_in_words
        else "You need to sign in with your own account."
    )
    return Message(f":mag: <{t.escape(address)}|Logview of {t.escape(name)}>\n{note}")


@dataclass(frozen=True)
class Offer:
    """A question which run is meant, and what is said when there is none to choose from."""

    question: str
    if_none: str
    button: Callable[[Run], Block]


STOP = Offer(
    "Which run do you want to stop?",
    "There are no active runs here that you can stop.",
    buttons.stop_button,
)
LOGVIEW = Offer(
    "Which run's Logview do you want?",
    "None of your runs or this channel's has a Logview yet.",
    buttons.logview_button,
)
RESULT = Offer(
    "Which run's result do you want?",
    "None of your runs or this channel's has a result yet.",
    buttons.result_button,
)
HISTORY = Offer(
    "Which run's history do you want?",
    "There are no runs of yours or this channel's whose statement I know.",
    buttons.history_button,
)
RERUN = Offer(
    "Which run do you want to re-run?",
    "None of your runs or this channel's has ended yet.",
    buttons.run_again_button,
)
EDIT = Offer(
    "Which run do you want to edit?",
    "There are no runs of yours or this channel's whose statement I know.",
    buttons.edit_button,
)


def offer(what: Offer, runs: Sequence[Run], *, now: datetime) -> Message:
    """Return a question with a button for each run; the answer replaces it."""
    if not runs:
        return Message(what.if_none)
    offered = [
        section_with(what.button(run), _line(run, now), block_id=f"{buttons.QUESTION}-{run.run_id}")
        for run in runs[:OFFERED_RUNS]
    ]
    blocks = [section(what.question), *offered]
    if len(runs) > OFFERED_RUNS:
        blocks.append(context(f"and {len(runs) - OFFERED_RUNS} more, which you can name by ID."))
    return Message(_in_lines(what.question, runs[:OFFERED_RUNS], now, last=""), blocks)


def _in_lines(first: str, runs: Sequence[Run], now: datetime, *, last: str) -> str:
    """Return as many lines as fit into one message."""
    lines = [first]
    left = MESSAGE_CHARACTERS - len(first) - len(last) - 1
    for run in runs:
        line = _line(run, now)
        left -= len(line) + 1
        if left < 0:
            break
        lines.append(line)
    return "\n".join([*lines, last] if last else lines)


def _line(run: Run, now: datetime) -> str:
    progress = ""
    if trouble := trouble_in_short(run):
        progress = f", {t.one_line(trouble, limit=60)}"
    elif (percent := progress_percent_of(run)) is not None:
        progress = f" {percent}%"
    elif not run.is_final and (queue := queue_in_words(run.queue_position, run.queue_status)):
        progress = f", {t.one_line(queue, limit=60)}"
    if progress and (age := as_of_if_old(run, now)):
        progress += f" {age}"
    if finding := finding_in_short(run):
        progress += f", {finding}"
    instance = f" · {t.code(run.instance_id)}" if run.instance_id else ""
    return (
        f"{state_in_words(run)}{progress} · {run_link(run)} · {whose_in_words(run)}"
        f" · {since_or_duration(run, now)}{instance} · {sql_as_code(run.sql, limit=LISTED_SQL)}"
    )
