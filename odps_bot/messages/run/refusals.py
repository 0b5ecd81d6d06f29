"""Why a run was not submitted or its outcome is unknown: what happened, and what to do next."""

from odps_bot.maxcompute import MaxComputeError
from odps_bot.messages import text as t
from odps_bot.messages.failures import explain, own_words
from odps_bot.messages.sentences import SENTENCES, sentence_for
from odps_bot.runs.outcome import Outcome, ReasonCode, Refusal, outcome_of
from odps_bot.runs.run import Run

NOTHING_SUBMITTED = "Nothing was submitted."

#: Nobody can be invited to a direct message.
_NOT_A_MEMBER = frozenset({"channel_not_found", "not_in_channel"})

REASON_NOT_SHOWN = SENTENCES.reasons[ReasonCode.TASK_FAILED_SILENTLY]

#: How much of an error is passed on, so that the explanation after it is not cut off.
SAID_CHARACTERS = 600

#: An error on our side quotes nothing of MaxCompute.
_NOT_SAID = frozenset(
    {
        ReasonCode.UNREACHABLE,
        ReasonCode.NO_CREDENTIALS,
        ReasonCode.UNSENDABLE,
        ReasonCode.UNUSABLE_RESPONSE,
    }
)


def why_slack_refused(code: str, *, channel_id: str = "") -> str:
    """Return why no card can be posted here, and what helps. `code` is Slack's error code."""
    if code in _NOT_A_MEMBER and channel_id.startswith("D"):
        return (
            "I can't post in direct messages between other people. Use a channel, or write to me."
        )
    unknown = f"Slack doesn't let me post here (`{code}`). Ask your administrator."
    return sentence_for(code, SENTENCES.card_refused, unknown=unknown)


def no_instance(instance_id: str, *, project: str) -> str:
    """Return that there is no such instance in the project, as plain text."""
    return f"No instance {instance_id} in {project}. Check the ID, or add --project."


def why_maxcompute_refused(error: MaxComputeError) -> str:
    """Return what went wrong, the likely cause and what helps, as a few lines of plain text.

    The caller adds what became of the request, such as that nothing was submitted.
    """
    return refusal_in_words(outcome_of(error))


def refused_polls_in_words(refusal: Refusal) -> str:
    """Return what MaxCompute says to polls, the likely cause and what helps: lines of plain text.

    The caller adds since when.
    """
    *lines, _again = refusal_in_words(refusal.as_outcome()).split("\n")
    return "\n".join(lines)


def refused_polls_in_mrkdwn(refusal: Refusal) -> str:
    """Return the same as mrkdwn, with what MaxCompute says as code: it is full of asterisks."""
    said = own_words(refusal.as_outcome().detail, limit=SAID_CHARACTERS)
    words = refused_polls_in_words(refusal)
    if not said or said not in words:
        return t.escape(words)
    before, _, behind = words.partition(said)
    return f"{t.escape(before)}{t.code(said)}{t.escape(behind)}"


def trouble_in_short(run: Run) -> str:
    """Return why the run's state is not known now, for a list, in plain text; empty if it is."""
    if run.is_final:
        return ""
    if run.refusal is not None:
        return SENTENCES.refusals[run.refusal.reason].what.removesuffix(".")
    return "MaxCompute isn't responding" if run.unreachable_since else ""


def is_refusal(outcome: Outcome) -> bool:
    """Return whether it is an error of the client."""
    return outcome.reason in SENTENCES.refusals


def quotes_maxcompute(outcome: Outcome) -> bool:
    """Return whether an error of the client has MaxCompute's own words in it."""
    return outcome.reason not in _NOT_SAID


def refusal_in_words(outcome: Outcome) -> str:
    """Return the same for the stored outcome of an error."""
    refusal = SENTENCES.refusals[outcome.reason]
    detail = own_words(outcome.detail, limit=SAID_CHARACTERS)
    cause, remedy, again = refusal.cause, refusal.remedy, refusal.again
    explanation = explain(outcome.detail, sql="")
    is_answer = quotes_maxcompute(outcome)
    if is_answer and explanation.is_known:
        cause, remedy = explanation.likely_cause, explanation.what_to_try
        again = SENTENCES.try_again[explanation.rerun]
    what = f"{refusal.what} Its message: {detail}" if is_answer else f"{refusal.what} ({detail})"
    return f"{what}\nLikely cause: {cause}\nTry: {remedy}\nTry again? {again}"
