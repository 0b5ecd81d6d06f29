"""Why a run was not submitted, or cannot be asked about: what happened, and what to do next."""

from odps_bot.maxcompute import (
    AuthenticationError,
    ConnectionFailedError,
    MaxComputeError,
    NotFoundError,
    PermissionDeniedError,
)

NOTHING_SUBMITTED = "Nothing was submitted."

CANNOT_POST = (
    "I can't post in this channel yet. Invite me with `/invite @odps`, then repeat the command."
)

FATE_UNKNOWN = (
    "I could not find out whether MaxCompute took this statement, so I did not send it again."
    " Look for it in the console before you run it again."
)

NO_OUTCOME = "It has ended, but MaxCompute does not say how. Look in the console."

INSTANCE_GONE = (
    "MaxCompute no longer knows this instance, so its outcome cannot be known."
    " Look in the console's history."
)

OUT_OF_REACH = "MaxCompute was out of reach for too long, so I gave up following it."


def why_maxcompute_refused(error: MaxComputeError) -> str:
    """Return what went wrong and what helps, as plain text without markup."""
    match error:
        case ConnectionFailedError():
            return "MaxCompute cannot be reached. Try again in a few minutes."
        case AuthenticationError():
            return (
                "MaxCompute does not accept my access key. Ask whoever runs this bot to check"
                f" its key and clock. It said: {error}"
            )
        case PermissionDeniedError():
            return (
                "My account lacks a right in MaxCompute. Ask the project's owner to grant it."
                f" It said: {error}"
            )
        case NotFoundError():
            return f"MaxCompute does not know it. Check the id and the project. It said: {error}"
        case _ if error.is_retryable:
            return f"MaxCompute is busy or down. Try again in a few minutes. It said: {error}"
        case _:
            return f"MaxCompute said: {error}"
