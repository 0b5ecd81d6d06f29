"""The state of a run in words: the same ones on cards, in lists and in replies."""

from datetime import datetime

from odps_bot.messages import text as t
from odps_bot.runs.run import Run, RunState

_SHOWN = {
    RunState.QUEUED: (":hourglass_flowing_sand:", "Queued"),
    RunState.AWAITING_DECISION: (":raised_hand:", "Awaiting decision"),
    RunState.SUBMITTING: (":hourglass_flowing_sand:", "Submitting"),
    RunState.RUNNING: (":hourglass_flowing_sand:", "Running"),
    RunState.STOPPING: (":octagonal_sign:", "Stopping"),
    RunState.SUCCEEDED: (":white_check_mark:", "Succeeded"),
    RunState.FAILED: (":x:", "Failed"),
    RunState.CANCELLED: (":octagonal_sign:", "Stopped"),
    RunState.REFUSED: (":no_entry:", "Refused"),
    RunState.REJECTED: (":no_entry:", "Rejected"),
    RunState.EXPIRED: (":alarm_clock:", "Expired"),
    RunState.UNKNOWN: (":grey_question:", "Unknown"),
}
EMOJI = {state: emoji for state, (emoji, _) in _SHOWN.items()}
WORDS = {state: word for state, (_, word) in _SHOWN.items()}


def state_word(run: Run) -> str:
    """Return the run's state in a word or two.

    An instance is queued until it has stages or steps, or MaxCompute says that it executes it.
    """
    has_begun = run.stages or run.sub_instances or run.is_executing
    if run.state is RunState.RUNNING and not has_begun:
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
