"""The card: the one message of a run, edited in place as it goes on."""

from datetime import datetime

from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, actions, button, context, preformatted, section
from odps_bot.messages.message import Message
from odps_bot.runs.record import Run, RunState, Stage

STOP_RUN = "stop_run"
SHOW_LOGVIEW = "show_logview"

SQL_LINES = 8
SQL_CHARACTERS = 600
SHOWN_STAGES = 6
STAGE_CHARACTERS = 40

EMOJI = {
    RunState.ASKED: ":hourglass_flowing_sand:",
    RunState.SUBMITTING: ":hourglass_flowing_sand:",
    RunState.RUNNING: ":hourglass_flowing_sand:",
    RunState.STOPPING: ":octagonal_sign:",
    RunState.SUCCEEDED: ":white_check_mark:",
    RunState.FAILED: ":x:",
    RunState.CANCELLED: ":octagonal_sign:",
    RunState.REFUSED: ":no_entry:",
    RunState.LOST: ":grey_question:",
}

WORDS = {
    RunState.ASKED: "Accepted",
    RunState.SUBMITTING: "Submitting",
    RunState.RUNNING: "Running",
    RunState.STOPPING: "Stopping",
    RunState.SUCCEEDED: "Succeeded",
    RunState.FAILED: "Failed",
    RunState.CANCELLED: "Cancelled",
    RunState.REFUSED: "Not submitted",
    RunState.LOST: "Lost",
}


def run_card(run: Run, *, now: datetime) -> Message:
    """Return the card of `run` as it stands at `now`."""
    blocks: list[Block] = [section(_headline(run)), _sql(run)]
    if situation := _situation(run, now):
        blocks.append(section(situation))
    blocks.append(_context(run, now))
    if buttons := _buttons(run):
        blocks.append(actions(buttons))
    summary = t.one_line(run.sql, limit=120)
    return Message(
        f"{WORDS[run.state]}: run {run.name} in {t.escape(run.project)}: {summary}", blocks
    )


def state_in_words(run: Run) -> str:
    """Return emoji and word of the run's state: never colour or picture alone."""
    word = WORDS[run.state]
    if run.state is RunState.RUNNING and not run.stages:
        word = "Queued"
    return f"{EMOJI[run.state]} *{word}*"


def run_duration(run: Run, now: datetime) -> str:
    """Return how long the run has taken, or took."""
    return t.duration((run.ended_at or now) - run.asked_at)


def _headline(run: Run) -> str:
    return f"{state_in_words(run)} · run *{run.name}* in {t.code(run.project)}"


def _sql(run: Run) -> Block:
    lines = run.sql.strip().splitlines()
    excerpt = "\n".join(lines[:SQL_LINES])
    if len(lines) > SQL_LINES or len(excerpt) > SQL_CHARACTERS:
        excerpt = excerpt[:SQL_CHARACTERS].rstrip() + t.ELLIPSIS
    return preformatted(excerpt)


def _situation(run: Run, now: datetime) -> str:
    lines = []
    if run.state in {RunState.RUNNING, RunState.STOPPING}:
        lines += _progress(run)
    if run.stop_requested_by and not run.is_final:
        lines.append(f"{t.mention(run.stop_requested_by)} asked to stop it. {_when(run)}")
    if run.unreachable_since and not run.is_final:
        since = t.clock_time(run.unreachable_since)
        lines.append(f":warning: MaxCompute has not answered since {since}. Still trying.")
    if run.is_final:
        lines.append(_outcome(run, now))
    return "\n".join(lines)


def _when(run: Run) -> str:
    if run.state is RunState.STOPPING:
        return "MaxCompute ends it at its next checkpoint."
    return "That is done as soon as MaxCompute has taken it."


def _progress(run: Run) -> list[str]:
    if not run.stages:
        return [f"Waiting: {t.one_line(run.waiting_for, limit=200)}"] if run.waiting_for else []
    done = sum(stage.terminated_workers >= stage.total_workers > 0 for stage in run.stages)
    percentage = run.finished_percentage
    lines = [f"{t.bar(percentage)} *{percentage} %* · {done} of {len(run.stages)} stages done"]
    unfinished = [s for s in run.stages if s.terminated_workers < max(1, s.total_workers)]
    lines += [_stage(stage) for stage in unfinished[:SHOWN_STAGES]]
    if len(unfinished) > SHOWN_STAGES:
        lines.append(f"and {len(unfinished) - SHOWN_STAGES} more stages")
    return lines


def _stage(stage: Stage) -> str:
    workers = f"{stage.terminated_workers:,}/{stage.total_workers:,} workers"
    running = f", {stage.running_workers:,} running" if stage.running_workers else ""
    return f"{t.code(stage.name[:STAGE_CHARACTERS])} {workers}{running}"


def _outcome(run: Run, now: datetime) -> str:
    took = run_duration(run, now)
    match run.state:
        case RunState.SUCCEEDED if run.table:
            return f"{rows_in_words(run).capitalize()} in {took}"
        case RunState.SUCCEEDED:
            return f"Done in {took}"
        case RunState.CANCELLED:
            return f"{stopped_in_words(run)} after {took}"
        case RunState.FAILED:
            return f"After {took}: {t.one_line(run.result_text or '', limit=400)}"
        case _:
            return t.clip(t.escape(run.result_text or ""), 1_500)


def rows_in_words(run: Run) -> str:
    """Return how many rows the result has."""
    if not run.table:
        return "no rows"
    count = run.table.row_count
    if run.table.is_truncated:
        return f"the first {count:,} rows"
    return "1 row" if count == 1 else f"{count:,} rows"


def stopped_in_words(run: Run) -> str:
    """Return who stopped the run."""
    if run.stop_requested_by:
        return f"Stopped by {t.mention(run.stop_requested_by)}"
    return "Stopped outside Slack"


def _context(run: Run, now: datetime) -> Block:
    parts = [f"Asked by {t.mention(run.user_id)}", t.day_and_time(run.asked_at)]
    if not run.is_final:
        parts.append(f"{run_duration(run, now)} so far")
    if run.instance_id:
        parts.append(f"instance {t.code(run.instance_id)}")
    return context(" · ".join(parts))


def _buttons(run: Run) -> list[Block]:
    buttons = []
    is_stopping = run.state is RunState.STOPPING or run.stop_requested_at is not None
    if not run.is_final and not is_stopping and not run.is_foreign:
        buttons.append(stop_button(run))
    if run.instance_id:
        buttons.append(logview_button(run))
    return buttons


def stop_button(run: Run, *, label: str = "Stop") -> Block:
    """Return the button that stops `run`, once the person has confirmed it."""
    return button(label, action_id=STOP_RUN, value=run.run_id) | {
        "style": "danger",
        "confirm": {
            "title": {"type": "plain_text", "text": f"Stop run {run.name}?"},
            "text": {"type": "plain_text", "text": "What it has done so far is lost."},
            "confirm": {"type": "plain_text", "text": "Stop it"},
            "deny": {"type": "plain_text", "text": "Let it run"},
            "style": "danger",
        },
    }


def logview_button(run: Run, *, label: str = "Logview") -> Block:
    """Return the button that answers the person who clicks with a Logview link."""
    return button(label, action_id=SHOW_LOGVIEW, value=run.run_id)
