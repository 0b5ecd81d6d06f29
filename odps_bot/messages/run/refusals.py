"""Why a run was not submitted or its outcome is unknown: what happened, and what to do next."""

from dataclasses import dataclass

from odps_bot.maxcompute import (
    ApiError,
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    CredentialsUnavailableError,
    InstanceFailedError,
    InvalidArgumentError,
    InvalidRequestError,
    MaxComputeError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    ThrottledError,
)
from odps_bot.messages.failures import Rerun, explain, own_words

NOTHING_SUBMITTED = "Nothing was submitted."

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

FATE_UNKNOWN = (
    "I couldn't find out whether MaxCompute received this statement, so I didn't send it again."
    " Check the MaxCompute console before you run it again."
)

NO_OUTCOME = "This job has ended, but MaxCompute doesn't say how. Check the MaxCompute console."

RESULT_NOT_SHOWN = (
    "The result can't be shown here: it is too large or in a format I can't read. Select fewer"
    " rows or columns, or read it with a MaxCompute client."
)

REASON_NOT_SHOWN = "MaxCompute gave no reason, or one that I can't read. See the job's Logview."

INSTANCE_GONE = (
    "MaxCompute no longer knows this instance, so I can't find out how it ended."
    " Check the MaxCompute console before you run it again."
)

OUT_OF_REACH = (
    "I couldn't reach MaxCompute for too long and stopped following this job."
    " Check the MaxCompute console before you run it again."
)


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

#: The first class that fits explains an error, unless the catalogue of failures knows more.
#: Classes: https://www.alibabacloud.com/help/en/maxcompute/user-guide/api-errors
_REFUSALS: tuple[tuple[type[MaxComputeError], _Refusal], ...] = (
    (
        ConnectionFailedError,
        _Refusal(
            "I can't reach MaxCompute.",
            "The network between me and MaxCompute, or the service itself, is down.",
            _WAIT,
            _LATER,
        ),
    ),
    (
        CredentialsUnavailableError,
        _Refusal(
            "I have no access key for MaxCompute right now.",
            "The service that issues my access keys isn't responding.",
            _WAIT,
            _LATER,
        ),
    ),
    (
        InvalidArgumentError,
        _Refusal(
            "This can't be sent to MaxCompute.",
            "It contains a character or a value that isn't valid in a request.",
            "Check for control characters and mistyped ids.",
            _AFTER_CHANGE,
        ),
    ),
    (
        AuthenticationError,
        _Refusal(
            "MaxCompute rejected my access key.",
            "The key was deleted or disabled, its secret is wrong, or a token has expired.",
            "Ask your administrator to check the key and the clock of my machine.",
            _AFTER_CHANGE,
        ),
    ),
    (
        PermissionDeniedError,
        _Refusal(
            "My account lacks a permission.",
            "The permission in the message isn't granted to the account I use.",
            "Show the message to the project owner, who can grant it.",
            _AFTER_CHANGE,
        ),
    ),
    (
        NotFoundError,
        _Refusal(
            "MaxCompute can't find it.",
            "It is mistyped, in another project, dropped, or too old.",
            "Check the id, the project and all names.",
            _AFTER_CHANGE,
        ),
    ),
    (
        ConflictError,
        _Refusal(
            "MaxCompute can't do that in the current state.",
            "It has ended, already exists, or is being changed by somebody else.",
            "Check its current state.",
            "Only when that state has changed.",
        ),
    ),
    (
        ThrottledError,
        _Refusal(
            "MaxCompute is receiving too many requests.",
            "The project's request rate is exceeded, by me or by another client.",
            "Wait. If it happens often, ask your administrator to lower my request rate.",
            _LATER,
        ),
    ),
    (
        ServerError,
        _Refusal(
            "MaxCompute has an internal problem.",
            "The service is overloaded or down.",
            "Wait. If it lasts, see Alibaba Cloud's status page.",
            _LATER,
        ),
    ),
    (
        InstanceFailedError,
        _Refusal(
            "MaxCompute couldn't do it.",
            "The statement doesn't match the tables, or a worker failed.",
            "Read the message.",
            _AFTER_CHANGE,
        ),
    ),
    (
        InvalidRequestError,
        _Refusal(
            "MaxCompute refused it.",
            "The statement or the request isn't valid.",
            "Read the message.",
            _AFTER_CHANGE,
        ),
    ),
    (
        MaxComputeError,
        _Refusal(
            "MaxCompute sent a response that I can't use.",
            "Unknown.",
            "If it happens again, show this to your administrator.",
            "Perhaps.",
        ),
    ),
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
    refusal = next(found for kind, found in _REFUSALS if isinstance(error, kind))
    said = own_words(str(error), limit=SAID_CHARACTERS)
    cause, remedy, again = refusal.cause, refusal.remedy, refusal.again
    explanation = explain(str(error), sql="")
    is_answer = isinstance(error, ApiError | InstanceFailedError)
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
