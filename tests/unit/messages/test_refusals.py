"""What MaxCompute refuses is explained with what helps, by the most telling class of its error."""

import inspect

import pytest

from odps_bot import maxcompute
from odps_bot.maxcompute import (
    ApiError,
    AuthenticationError,
    ConnectionFailedError,
    MaxComputeError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    ThrottledError,
)
from odps_bot.messages.refusals import why_maxcompute_refused

ERRORS = [
    kind
    for _, kind in inspect.getmembers(maxcompute, inspect.isclass)
    if issubclass(kind, MaxComputeError)
]


def an_error(kind: type[MaxComputeError], said: str) -> MaxComputeError:
    """Return an error of this class that says what MaxCompute said."""

    class Said(kind):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            Exception.__init__(self, said)

        def __str__(self) -> str:
            return said

    return Said()


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [
        (ConnectionFailedError, "cannot be reached. Try again in a few minutes."),
        (AuthenticationError, "Ask whoever runs this bot."),
        (PermissionDeniedError, "Ask the project's owner to grant it."),
        (NotFoundError, "Check the id and the project."),
        (ThrottledError, "Try again in a few minutes."),
        (ServerError, "Try again in a few minutes."),
    ],
)
def test_an_error_comes_with_what_helps(kind: type[MaxComputeError], remedy: str) -> None:
    assert remedy in why_maxcompute_refused(an_error(kind, "ODPS-0420095: no"))


@pytest.mark.parametrize("kind", [kind for kind in ERRORS if issubclass(kind, ApiError)])
def test_what_maxcompute_said_is_passed_on(kind: type[MaxComputeError]) -> None:
    said = "ODPS-0130131:[1,15] Table not found {0} {error} %s"

    assert said in why_maxcompute_refused(an_error(kind, said))


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_has_an_explanation(kind: type[MaxComputeError]) -> None:
    explanation = why_maxcompute_refused(an_error(kind, "x"))

    assert "MaxCompute" in explanation or "account" in explanation
    assert explanation[0].isupper()
