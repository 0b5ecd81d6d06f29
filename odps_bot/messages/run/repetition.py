"""Whether a run can be run again: as it is, or changed first, or while it goes on. Pure."""

from odps_bot.messages.failures import explain
from odps_bot.messages.failures.catalogue import Rerun
from odps_bot.messages.run.refusals import is_refusal, quotes_maxcompute
from odps_bot.runs.outcome import Outcome, ReasonCode
from odps_bot.runs.run import Run, RunState
from odps_bot.sql.classification import classify
from odps_bot.sql.statements import SqlText

#: Errors of the client that the same request meets again.
_LASTING = frozenset(
    {
        ReasonCode.UNSENDABLE,
        ReasonCode.NOT_AUTHENTICATED,
        ReasonCode.NO_PERMISSION,
        ReasonCode.NOT_FOUND,
        ReasonCode.INSTANCE_FAILED,
        ReasonCode.INVALID_REQUEST,
    }
)

#: Refusals by rules that the same statement meets again. Budgets reset, and Slack may take a file.
_FORBIDDEN = frozenset(
    {
        ReasonCode.DENIED,
        ReasonCode.ABOVE_CAP,
        ReasonCode.NOT_DISPLAYABLE,
        ReasonCode.CLIENT_COMMAND,
        ReasonCode.NO_APPROVER,
    }
)

#: What `explain` says of a statement that fails the same way as long as nothing is changed.
_NEEDS_A_CHANGE = frozenset({Rerun.AFTER_CHANGE, Rerun.CANNOT_HELP})


def can_rerun_help(run: Run) -> bool:
    """Return whether running the statement again as it is can come to anything else.

    Of what is not known it can: whoever re-runs what may change data is asked first.
    """
    if run.state is RunState.REJECTED:
        return False
    outcome = run.outcome
    if run.state not in {RunState.FAILED, RunState.REFUSED} or outcome is None:
        return True
    if is_refusal(outcome):
        return _can_trying_help(outcome)
    if outcome.reason in _FORBIDDEN or outcome.reason is ReasonCode.COMPILE_ERROR:
        return False
    if outcome.reason is ReasonCode.TASK_FAILED:
        return explain(outcome.detail, sql=run.sql).rerun not in _NEEDS_A_CHANGE
    return True


def _can_trying_help(outcome: Outcome) -> bool:
    """Return the same of an error of the client; the catalogue of failures may know better."""
    explanation = explain(outcome.detail, sql="")
    if quotes_maxcompute(outcome) and explanation.is_known:
        return explanation.rerun not in _NEEDS_A_CHANGE
    return outcome.reason not in _LASTING


def is_repetition_safe(run: Run) -> bool:
    """Return whether the run's statement is known, and ends the same when run twice, even at once.

    What is not proven to is not.
    """
    text = SqlText(run.sql).without_settings()
    is_known = run.sql != f"-- instance {run.tracked_instance_id}" and bool(text.statements)
    return is_known and classify(text.text, run.hints).is_safe_to_repeat
