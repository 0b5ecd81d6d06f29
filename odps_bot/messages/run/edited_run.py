"""What the form says of the run that it is filled in with: what to change, and where."""

from odps_bot.messages import text as t
from odps_bot.messages.failures import explain, own_words
from odps_bot.messages.run import questions, states
from odps_bot.messages.run.outcomes import is_never_submitted, outcome_in_words
from odps_bot.messages.run_link import run_link
from odps_bot.runs.outcome import ReasonCode
from odps_bot.runs.run import Run, RunState
from odps_bot.sql.classification import classify
from odps_bot.sql.excerpt import marked_excerpt

WORDS_CHARACTERS = 400


def why_to_edit(run: Run) -> str:
    """Return in a line why the run has not succeeded (mrkdwn); empty where nothing is to say."""
    state = f"{states.state_in_words(run)}: "
    if run.state is RunState.REJECTED:
        return state + questions.decision_in_words(run)
    words = own_words(outcome_in_words(run))
    if run.state not in {RunState.FAILED, RunState.REFUSED, RunState.UNKNOWN} or not words:
        return ""
    return state + t.one_line(words, limit=WORDS_CHARACTERS)


def what_becomes_of_it(run: Run, *, change: str) -> str:
    """Return what is filled in already (`change`, mrkdwn), and what becomes of the running job."""
    if run.is_final:
        return change
    goes_on = f"{change} Run {run_link(run)} keeps running beside the new one until you stop it."
    is_writing = any(info.targets for info in classify(run.sql, run.hints).statements)
    return f"{goes_on} Both would write the same data: stop it first." if is_writing else goes_on


def place_of_error(run: Run) -> str:
    """Return the lines around the error in the run's statement, marked; empty if none is known."""
    if run.outcome is None or run.outcome.reason not in {
        ReasonCode.TASK_FAILED,
        ReasonCode.COMPILE_ERROR,
    }:
        return ""
    position = explain(
        run.outcome.detail, sql=run.sql, is_estimate=is_never_submitted(run)
    ).position
    return marked_excerpt(run.sql, position) if position else ""
