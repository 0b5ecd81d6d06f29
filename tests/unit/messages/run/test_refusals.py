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
from odps_bot.maxcompute.errors import api_error
from odps_bot.messages.run.refusals import why_maxcompute_refused

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
        (ConnectionFailedError, "I can't reach MaxCompute."),
        (AuthenticationError, "Ask your administrator to check the key"),
        (PermissionDeniedError, "Show the message to the project owner"),
        (NotFoundError, "Check the ID, the project and all names."),
        (ThrottledError, "Try again? Yes, in a few minutes."),
        (ServerError, "Try again? Yes, in a few minutes."),
    ],
)
def test_an_error_comes_with_what_helps(kind: type[MaxComputeError], remedy: str) -> None:
    assert remedy in why_maxcompute_refused(an_error(kind, "an error that nobody knows"))


@pytest.mark.parametrize("kind", [kind for kind in ERRORS if issubclass(kind, ApiError)])
def test_what_maxcompute_said_is_passed_on(kind: type[MaxComputeError]) -> None:
    said = "ODPS-0130131:[1,15] Table not found {0} {error} %s"

    assert said in why_maxcompute_refused(an_error(kind, said))


@pytest.mark.parametrize(
    ("http_status", "code", "message", "cause", "again"),
    [
        (
            403,
            "NoPermission",
            (
                "ODPS-0420095: Access Denied - Authorization Failed [4019], You have NO privilege"
                " 'odps:CreateInstance' on {acs:odps:*:projects/shop}."
            ),
            "`odps:CreateInstance`",
            "Only after a change",
        ),
        (403, "NoPermission", "no", "isn't granted", "Only after a change"),
        (
            400,
            "ParseError",
            "ODPS-0130161:[1,1] Parse exception - invalid token 'x'",
            "A typo",
            "Only after a change",
        ),
        (
            400,
            "InvalidParameter",
            "Metering data exceed max value",
            "exceeds the limit",
            "Only after a change",
        ),
        (
            429,
            "RequestQuotaExceeded",
            "The request quota of the project is exceeded.",
            "exceeded its request limit",
            "Yes, in a few minutes.",
        ),
        (
            400,
            "RequestTimeTooSkewd",
            "ODPS-0410031:Authentication request expired",
            "clock",
            "Only after a change",
        ),
        (404, "NoSuchProject", "ODPS-0420111: Project not found", "has a typo", "Only after"),
        (503, "ServiceUnavailable", "busy", "busy or down", "Yes, in a few minutes."),
        (409, "ConflictError", "no", "It has ended", "Only when that state has changed."),
        (400, "InvalidParameter", "no", "isn't valid", "Only after a change"),
    ],
)
def test_an_answer_is_explained_with_its_cause_and_whether_to_try_again(
    http_status, code, message, cause, again
) -> None:
    error = api_error(message, http_status=http_status, code=code, request_id="5583C0893F7EC2D353")
    why = why_maxcompute_refused(error)

    assert message in why
    assert cause in why.partition("Likely cause: ")[2]
    assert f"Try again? {again}" in why
    assert "5583C0893F7EC2D353" not in why


def test_what_we_say_is_not_cut_off_behind_a_long_message() -> None:
    why = why_maxcompute_refused(api_error("x" * 100_000, http_status=400))

    assert len(why) < 1_200
    assert "Try again? " in why


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_has_an_explanation(kind: type[MaxComputeError]) -> None:
    explanation = why_maxcompute_refused(an_error(kind, "x"))

    assert "MaxCompute" in explanation or "account" in explanation
    assert explanation[0].isupper()
