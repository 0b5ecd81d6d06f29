"""Why a run was not submitted, or cannot be asked about: what happened, and what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass

from odps_bot.maxcompute import MaxComputeError
from odps_bot.messages.failures import Rerun, explain, own_words
from odps_bot.runs.outcome import Outcome, ReasonCode, outcome_of

NOTHING_SUBMITTED = "Nothing was submitted."

REASON_NOT_SHOWN = "MaxCompute does not say why, or in a form I cannot read. See its Logview."

CANNOT_POST = (
    "I can't post in this channel yet. Invite me with `/invite @odps`, then repeat the command."
)

#: What Slack says when a card cannot be posted, and what that means to the person who asked.
_SLACK_REFUSALS = {
    "not_in_channel": CANNOT_POST,
    "channel_not_found": CANNOT_POST,
    "is_archived": "This channel is archived, so I can't post in it. Ask in another one.",
    "restricted_action": "I am not among those who may post in this channel. Ask in another one.",
}


@dataclass(frozen=True)
class _Refusal:
    """What an error of the client means; `again` says whether the same request may succeed."""

    what: str
    cause: str
    remedy: str
    again: str


#: So much of an error is passed on: what we say of it must not be cut off behind it.
SAID_CHARACTERS = 600

_LATER = "Yes, in a few minutes."
_AFTER_CHANGE = "Only after a change: as it is, it is refused again."

#: What explains an error of the client, unless the catalogue of failures knows more.
#: Classes: https://www.alibabacloud.com/help/en/maxcompute/user-guide/api-errors
_REFUSALS: Mapping[ReasonCode, _Refusal] = {
    ReasonCode.UNREACHABLE: _Refusal(
        "MaxCompute cannot be reached. Try again in a few minutes.",
        "The network between this bot and MaxCompute, or the service itself, is down.",
        "Wait; if it lasts, ask whoever runs this bot.",
        _LATER,
    ),
    ReasonCode.NO_CREDENTIALS: _Refusal(
        "I have no access key for MaxCompute at the moment.",
        "What hands out keys to this bot does not answer.",
        "Wait; if it lasts, ask whoever runs this bot.",
        _LATER,
    ),
    ReasonCode.UNSENDABLE: _Refusal(
        "This cannot be sent to MaxCompute.",
        "A character or a value in it has no place in a request.",
        "Look for control characters and mistyped ids.",
        _AFTER_CHANGE,
    ),
    ReasonCode.NOT_AUTHENTICATED: _Refusal(
        "MaxCompute does not accept my access key. Ask whoever runs this bot.",
        "The key was deleted or disabled, its secret is wrong, or a token has expired.",
        "Whoever runs this bot checks the key, and the clock of its machine.",
        _AFTER_CHANGE,
    ),
    ReasonCode.NO_PERMISSION: _Refusal(
        "My account lacks a right. Ask the project's owner to grant it.",
        "The right in the message was not granted to the account that this bot uses.",
        "Show the message to the project's owner.",
        _AFTER_CHANGE,
    ),
    ReasonCode.NOT_FOUND: _Refusal(
        "MaxCompute does not know it. Check the id and the project.",
        "It is mistyped, of another project, dropped, or so old that it is forgotten.",
        "Compare id, project and names with the console.",
        _AFTER_CHANGE,
    ),
    ReasonCode.CONFLICT: _Refusal(
        "MaxCompute cannot do that in the state that things are in.",
        "It has ended meanwhile, is there already, or somebody else changes it.",
        "Look at how it stands now.",
        "Only when that state has changed.",
    ),
    ReasonCode.THROTTLED: _Refusal(
        "MaxCompute has too many requests to answer. Try again in a few minutes.",
        "Somebody, perhaps this bot, asks it more often than the project may.",
        "Wait; if it happens often, whoever runs this bot lets it ask less.",
        _LATER,
    ),
    ReasonCode.SERVER_ERROR: _Refusal(
        "MaxCompute is in trouble. Try again in a few minutes.",
        "The service is busy or down.",
        "Wait; if it lasts, see Alibaba Cloud's status page.",
        _LATER,
    ),
    ReasonCode.INSTANCE_FAILED: _Refusal(
        "MaxCompute could not do it.",
        "The statement does not fit the tables, or a worker failed.",
        "Read what it said.",
        _AFTER_CHANGE,
    ),
    ReasonCode.INVALID_REQUEST: _Refusal(
        "MaxCompute refused it.",
        "The statement or the request is not as MaxCompute wants it.",
        "Read what it said.",
        _AFTER_CHANGE,
    ),
    ReasonCode.UNUSABLE_RESPONSE: _Refusal(
        "MaxCompute gave an answer that I cannot use.",
        "I do not know.",
        "If it happens again, show this to whoever runs this bot.",
        "Perhaps.",
    ),
}

#: An error of our own side says nothing of MaxCompute's.
_NOT_SAID = frozenset(
    {
        ReasonCode.UNREACHABLE,
        ReasonCode.NO_CREDENTIALS,
        ReasonCode.UNSENDABLE,
        ReasonCode.UNUSABLE_RESPONSE,
    }
)


def why_slack_refused(code: str) -> str:
    """Return why there can be no card here, and what helps. `code` is Slack's error code."""
    unknown = f"Slack does not let me post here (`{code}`). Ask whoever runs this bot."
    return _SLACK_REFUSALS.get(code, unknown)


def why_maxcompute_refused(error: MaxComputeError) -> str:
    """Return what went wrong, its cause and what helps, as plain text in some lines.

    The caller says what became of the person's request, such as that nothing was submitted.
    """
    return refusal_in_words(outcome_of(error))


def is_refusal(outcome: Outcome) -> bool:
    """Return whether it is an error of the client."""
    return outcome.reason in _REFUSALS


def refusal_in_words(outcome: Outcome) -> str:
    """Return the same of an error that was kept."""
    refusal = _REFUSALS[outcome.reason]
    said = own_words(outcome.detail, limit=SAID_CHARACTERS)
    cause, remedy, again = refusal.cause, refusal.remedy, refusal.again
    explanation = explain(outcome.detail, sql="")
    is_answer = outcome.reason not in _NOT_SAID
    if is_answer and explanation.is_known:
        cause, remedy = explanation.likely_cause, explanation.what_to_try
        again = _AGAIN[explanation.rerun]
    what = f"{refusal.what} It said: {said}" if is_answer else f"{refusal.what} ({said})"
    return f"{what}\nLikely cause: {cause}\nTry: {remedy}\nTry again? {again}"


#: What was refused has changed nothing, so that only its cause counts.
_AGAIN = {
    Rerun.CAN_HELP: _LATER,
    Rerun.MAY_HELP: "Once, perhaps.",
    Rerun.AFTER_CHANGE: _AFTER_CHANGE,
    Rerun.CANNOT_HELP: "No: repeating it does not help.",
    Rerun.UNSAFE: "Not before you have looked how things stand.",
}
