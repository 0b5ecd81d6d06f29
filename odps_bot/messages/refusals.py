"""Why a run was not submitted, or cannot be asked about: what happened, and what to do next."""

from odps_bot.maxcompute import (
    AuthenticationError,
    ConnectionFailedError,
    InvalidArgumentError,
    MaxComputeError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    ThrottledError,
)

NOTHING_SUBMITTED = "Nothing was submitted."

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

FATE_UNKNOWN = (
    "I could not find out whether MaxCompute took this statement, so I did not send it again."
    " Look for it in the console before you run it again."
)

NO_OUTCOME = "It has ended, but MaxCompute does not say how. Look in the console."

RESULT_NOT_SHOWN = (
    "The result cannot be shown here: it is too large or in a form I cannot read. Select fewer rows"
    " or columns, or read it with a MaxCompute client."
)

REASON_NOT_SHOWN = "MaxCompute does not say why, or in a form I cannot read. See its Logview."

INSTANCE_GONE = (
    "MaxCompute no longer knows this instance, so its outcome cannot be known."
    " Look in the console's history."
)

OUT_OF_REACH = "MaxCompute was out of reach for too long, so I gave up following it."


#: The first class that fits explains an error; `{error}` is what MaxCompute said.
_EXPLANATIONS: tuple[tuple[type[MaxComputeError], str], ...] = (
    (ConnectionFailedError, "MaxCompute cannot be reached. Try again in a few minutes."),
    (InvalidArgumentError, "This cannot be sent to MaxCompute: {error}"),
    (
        AuthenticationError,
        "MaxCompute does not accept my access key. Ask whoever runs this bot. It said: {error}",
    ),
    (
        PermissionDeniedError,
        "My account lacks a right. Ask the project's owner to grant it. It said: {error}",
    ),
    (
        NotFoundError,
        "MaxCompute does not know it. Check the id and the project. It said: {error}",
    ),
    (
        ThrottledError,
        "MaxCompute has too many requests to answer. Try again in a few minutes. It said: {error}",
    ),
    (ServerError, "MaxCompute is in trouble. Try again in a few minutes. It said: {error}"),
    (MaxComputeError, "MaxCompute said: {error}"),
)


def why_slack_refused(code: str) -> str:
    """Return why there can be no card here, and what helps. `code` is Slack's error code."""
    unknown = f"Slack does not let me post here (`{code}`). Ask whoever runs this bot."
    return _SLACK_REFUSALS.get(code, unknown)


def why_maxcompute_refused(error: MaxComputeError) -> str:
    """Return what went wrong and what helps, as plain text without markup."""
    explanation = next(text for kind, text in _EXPLANATIONS if isinstance(error, kind))
    return explanation.format(error=error)
