"""The state of a run in words: the same ones on cards, in lists and in replies."""

from datetime import datetime, timedelta

from odps_bot.messages import text as t
from odps_bot.runs.progress import has_begun
from odps_bot.runs.run import Run, RunState

#: A time of day says when something began that is not older.
SAME_DAY = timedelta(hours=12)

#: A list says of when its figures are that are older than this.
OLD = timedelta(minutes=1)

_SHOWN = {
    RunState.QUEUED: (":inbox_tray:", "Accepted"),
    RunState.AWAITING_DECISION: (":raised_hand:", "Awaiting decision"),
    RunState.SUBMITTING: (":outbox_tray:", "Submitting"),
    RunState.RUNNING: (":arrow_forward:", "Running"),
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


#: Of what waits in MaxCompute's queue. What waits for one of our workers is accepted.
QUEUED_EMOJI, QUEUED = ":hourglass_flowing_sand:", "Queued"


def is_queued(run: Run) -> bool:
    """Return whether the run waits in MaxCompute's queue.

    It does until it has stages or steps, or MaxCompute says that it executes the instance.
    """
    return run.state is RunState.RUNNING and not has_begun(run)


def state_word(run: Run) -> str:
    """Return the run's state in a word or two."""
    if is_queued(run):
        return QUEUED
    question = run.question if run.state is RunState.AWAITING_DECISION else None
    if question is not None and not question.is_for_requester:
        return "Awaiting approval"
    return WORDS[run.state]


def state_emoji(run: Run) -> str:
    """Return the emoji that goes with `state_word`."""
    return QUEUED_EMOJI if is_queued(run) else EMOJI[run.state]


def state_in_words(run: Run) -> str:
    """Return the emoji and the word for the run's state; never the emoji alone."""
    return f"{state_emoji(run)} *{state_word(run)}*"


def as_of(run: Run, now: datetime) -> str:
    """Return of when all that is shown of an active run is: its last poll, or else `now`.

    Whatever shows it may not be updated for a while: it must be true then, too.
    """
    return t.as_of(run.polled_at or now)


def as_of_if_old(run: Run, now: datetime) -> str:
    """Return of when the figures of an active run are if that is a while ago; empty otherwise."""
    polled_at = run.polled_at
    is_old = not run.is_final and polled_at is not None and now - polled_at >= OLD
    return as_of(run, now) if is_old else ""


def since_or_duration(run: Run, now: datetime) -> str:
    """Return since when an active run goes on, which stays true, or how long it took."""
    if run.is_final:
        return run_duration(run, now)
    began = run.began_at
    is_today = now - began < SAME_DAY
    return f"since {t.clock_time(began) if is_today else t.day_and_time(began)}"


def run_duration(run: Run, now: datetime) -> str:
    """Return how long the run has taken so far or took, without the time it waited for people."""
    took = (run.ended_at or now) - run.began_at
    # MaxCompute tells whole seconds.
    is_short = run.is_interactive and run.is_final and took < timedelta(seconds=1)
    return "less than a second" if is_short else t.duration(took)


def rows_in_words(run: Run) -> str:
    """Return how many rows the result has."""
    if not run.table:
        return "no rows"
    count = run.table.row_count
    if run.table.is_truncated:
        return f"at least {count:,} rows"
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
