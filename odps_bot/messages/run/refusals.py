"""Why a run was not submitted or its outcome is unknown: what happened, and what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass

from odps_bot.maxcompute import MaxComputeError
from odps_bot.messages.failures import Rerun, explain, own_words
from odps_bot.runs.outcome import Outcome, ReasonCode, outcome_of

NOTHING_SUBMITTED = "Nothing was submitted."

REASON_NOT_SHOWN = "MaxCompute gave no reason, or one that I can't read. See the job's Logview."

CANNOT_POST = (
    "I can't post in this channel yet. Invite me with `/invite @odps`, then repeat the command."
)

#: Slack's error when a card cannot be posted, and what it means to the requester.
_SLACK_REFUSALS = {
    "not_in_channel": CANNOT_POST,
    "channel_not_found": CANNOT_POST,
    "is_archived": "This channel is archived, so I can't post in it. Use another channel.",
    "restricted_action": "I'm not allowed to post in this channel. Use another channel.",
}


@dataclass(frozen=True)
class _Refusal:
    """What an error of the client means; `again` says whether the same request can succeed."""

    what: str
    cause: str
    remedy: str
    again: str


#: How much of an error is passed on, so that the explanation after it is not cut off.
SAID_CHARACTERS = 600

_LATER = "Yes, in a few minutes."
_AFTER_CHANGE = "Only after a change. As it is, it will be refused again."
_WAIT = "Wait. If it lasts, ask your administrator."

#: What explains an error of the client, unless the catalogue of failures knows more.
#: Classes: https://www.alibabacloud.com/help/en/maxcompute/user-guide/api-errors
_REFUSALS: Mapping[ReasonCode, _Refusal] = {
    ReasonCode.UNREACHABLE: _Refusal(
        "I can't reach MaxCompute.",
        "The network between me and MaxCompute, or the service itself, is down.",
        _WAIT,
        _LATER,
    ),
    ReasonCode.NO_CREDENTIALS: _Refusal(
        "I have no access key for MaxCompute right now.",
        "The service that issues my access keys isn't responding.",
        _WAIT,
        _LATER,
    ),
    ReasonCode.UNSENDABLE: _Refusal(
        "This can't be sent to MaxCompute.",
        "It contains a character or a value that isn't valid in a request.",
        "Check for control characters and mistyped IDs.",
        _AFTER_CHANGE,
    ),
    ReasonCode.NOT_AUTHENTICATED: _Refusal(
        "MaxCompute rejected my access key.",
        "The key was deleted or disabled, its secret is wrong, or a token has expired.",
        "Ask your administrator to check the key and the clock of my machine.",
        _AFTER_CHANGE,
    ),
    ReasonCode.NO_PERMISSION: _Refusal(
        "My account lacks a permission.",
        "The permission in the message isn't granted to the account I use.",
        "Show the message to the project owner, who can grant it.",
        _AFTER_CHANGE,
    ),
    ReasonCode.NOT_FOUND: _Refusal(
        "MaxCompute can't find it.",
        "It is mistyped, in another project, dropped, or too old.",
        "Check the ID, the project and all names.",
        _AFTER_CHANGE,
    ),
    ReasonCode.CONFLICT: _Refusal(
        "MaxCompute can't do that in the current state.",
        "It has ended, already exists, or is being changed by somebody else.",
        "Check its current state.",
        "Only when that state has changed.",
    ),
    ReasonCode.THROTTLED: _Refusal(
        "MaxCompute is receiving too many requests.",
        "The project's request rate is exceeded, by me or by another client.",
        "Wait. If it happens often, ask your administrator to lower my request rate.",
        _LATER,
    ),
    ReasonCode.SERVER_ERROR: _Refusal(
        "MaxCompute has an internal problem.",
        "The service is overloaded or down.",
        "Wait. If it lasts, see Alibaba Cloud's status page.",
        _LATER,
    ),
    ReasonCode.INSTANCE_FAILED: _Refusal(
        "MaxCompute couldn't do it.",
        "The statement doesn't match the tables, or a worker failed.",
        "Read the message.",
        _AFTER_CHANGE,
    ),
    ReasonCode.INVALID_REQUEST: _Refusal(
        "MaxCompute refused it.",
        "The statement or the request isn't valid.",
        "Read the message.",
        _AFTER_CHANGE,
    ),
    ReasonCode.UNUSABLE_RESPONSE: _Refusal(
        "MaxCompute sent a response that I can't use.",
        "Unknown.",
        "If it happens again, show this to your administrator.",
        "Perhaps.",
    ),
}

#: An error on our side quotes nothing of MaxCompute.
_NOT_SAID = frozenset(
    {
        ReasonCode.UNREACHABLE,
        ReasonCode.NO_CREDENTIALS,
        ReasonCode.UNSENDABLE,
        ReasonCode.UNUSABLE_RESPONSE,
    }
)


def why_slack_refused(code: str) -> str:
    """Return why no card can be posted here, and what helps. `code` is Slack's error code."""
    unknown = f"Slack doesn't let me post here (`{code}`). Ask your administrator."
    return _SLACK_REFUSALS.get(code, unknown)


def no_instance(instance_id: str, *, project: str) -> str:
    """Return that there is no such instance in the project, as plain text."""
    return f"No instance {instance_id} in {project}. Check the ID, or add --project."


def why_maxcompute_refused(error: MaxComputeError) -> str:
    """Return what went wrong, the likely cause and what helps, as a few lines of plain text.

    The caller adds what became of the request, such as that nothing was submitted.
    """
    return refusal_in_words(outcome_of(error))


def is_refusal(outcome: Outcome) -> bool:
    """Return whether it is an error of the client."""
    return outcome.reason in _REFUSALS


def refusal_in_words(outcome: Outcome) -> str:
    """Return the same for the stored outcome of an error."""
    refusal = _REFUSALS[outcome.reason]
    said = own_words(outcome.detail, limit=SAID_CHARACTERS)
    cause, remedy, again = refusal.cause, refusal.remedy, refusal.again
    explanation = explain(outcome.detail, sql="")
    is_answer = outcome.reason not in _NOT_SAID
    if is_answer and explanation.is_known:
        cause, remedy = explanation.likely_cause, explanation.what_to_try
        again = _AGAIN[explanation.rerun]
    what = f"{refusal.what} Its message: {said}" if is_answer else f"{refusal.what} ({said})"
    return f"{what}\nLikely cause: {cause}\nTry: {remedy}\nTry again? {again}"


#: A refused request has changed nothing, so only the cause of the refusal counts.
_AGAIN = {
    Rerun.CAN_HELP: _LATER,
    Rerun.MAY_HELP: "Once, perhaps.",
    Rerun.AFTER_CHANGE: _AFTER_CHANGE,
    Rerun.CANNOT_HELP: "No. Trying again won't help.",
    Rerun.UNSAFE: "Not without checking the current state.",
}
