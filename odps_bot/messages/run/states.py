"""The state of a run in words: the same ones on cards, in lists and in replies."""

from datetime import datetime

from odps_bot.messages import text as t
from odps_bot.runs.run import Run, RunState

EMOJI = {
    RunState.QUEUED: ":hourglass_flowing_sand:",
    RunState.AWAITING_DECISION: ":raised_hand:",
    RunState.SUBMITTING: ":hourglass_flowing_sand:",
    RunState.RUNNING: ":hourglass_flowing_sand:",
    RunState.STOPPING: ":octagonal_sign:",
    RunState.SUCCEEDED: ":white_check_mark:",
    RunState.FAILED: ":x:",
    RunState.CANCELLED: ":octagonal_sign:",
    RunState.REFUSED: ":no_entry:",
    RunState.REJECTED: ":no_entry:",
    RunState.EXPIRED: ":alarm_clock:",
    RunState.UNKNOWN: ":grey_question:",
}

WORDS = {
    RunState.QUEUED: "Queued",
    RunState.AWAITING_DECISION: "Awaiting decision",
    RunState.SUBMITTING: "Submitting",
    RunState.RUNNING: "Running",
    RunState.STOPPING: "Stopping",
    RunState.SUCCEEDED: "Succeeded",
    RunState.FAILED: "Failed",
    RunState.CANCELLED: "Stopped",
    RunState.REFUSED: "Refused",
    RunState.REJECTED: "Rejected",
    RunState.EXPIRED: "Expired",
    RunState.UNKNOWN: "Unknown",
}


def state_word(run: Run) -> str:
    """Return the run's state in a word or two. An instance whose stages are not known is queued."""
    if run.state is RunState.RUNNING and not run.stages and not run.sub_instances:
        return WORDS[RunState.QUEUED]
    if run.state is RunState.AWAITING_DECISION and run.question and run.question.kind != "cost":
        return "Awaiting approval"
    return WORDS[run.state]


def state_in_words(run: Run) -> str:
    """Return the emoji and the word for the run's state; never the emoji alone."""
    return f"{EMOJI[run.state]} *{state_word(run)}*"


def run_duration(run: Run, now: datetime) -> str:
    """Return how long the run has taken so far or took, without the time it waited for people."""
    return t.duration((run.ended_at or now) - run.began_at)


def rows_in_words(run: Run) -> str:
    """Return how many rows the result has."""
    if not run.table:
        return "no rows"
    count = run.table.row_count
    if run.table.is_truncated:
        return f"the first {count:,} rows"
    return "1 row" if count == 1 else f"{count:,} rows"


def stopped_in_words(run: Run) -> str:
    """Return who stopped the run, and whether it had been submitted."""
    if not run.stop_requested_by:
        return "Stopped outside Slack"
    who = f"Stopped by {t.mention(run.stop_requested_by)}"
    return who if run.instance_id else f"{who} before it was submitted"


def sent_in_words(run: Run) -> str:
    """Return which files of the result are in the run's thread; empty for none."""
    sent = [
        name for name, ts in (("CSV file", run.csv_ts), ("chart", run.chart_ts)) if ts is not None
    ]
    if not sent:
        return ""
    return f"The {' and the '.join(sent)} {'is' if len(sent) == 1 else 'are'} in the thread"
