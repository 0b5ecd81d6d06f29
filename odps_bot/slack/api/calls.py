"""Calls of Slack's Web API: slack_sdk's exceptions and Slack's refusals end here as SlackErrors."""

import json
import logging
import re
import urllib.error
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, TypeVar

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from odps_bot.slack.errors import (
    NO_RESPONSE,
    RETRY_AFTER,
    TIMED_OUT,
    UNREADABLE,
    PlaceError,
    RateLimitedError,
    RefusedError,
    SlackError,
    SuspendedError,
    TokenError,
    UnreachableError,
    meaning_of,
)
from odps_bot.slack.time_limit import check_time

T = TypeVar("T")

log = logging.getLogger(__name__)

#: slack_sdk takes any body for a JSON object, however deep, in whatever charset it says.
NO_OBJECT = (ValueError, LookupError, AttributeError, RecursionError)

CODE = re.compile(r"[a-z0-9_]{1,60}")


def call(client: WebClient, method: str, arguments: dict[str, Any], *, form: bool = False) -> Any:
    """Return what Slack responds, as JSON values. One try; raises SlackError and nothing else."""
    try:
        return request(client, method, arguments, form=form).data
    except SuspendedError as error:
        log.error(  # noqa: TRY400  -- no trace
            "Slack lets the app do nothing for now (%s): what it has to say waits; run `odps-bot"
            " doctor` for the remedy",
            error.code,
        )
        raise
    except TokenError as error:
        log.error(  # noqa: TRY400  -- no trace
            "Slack rejected a token (%s); run `odps-bot doctor` for the remedy", error.code
        )
        raise


def request(
    client: WebClient, method: str, arguments: dict[str, Any], *, form: bool = False
) -> SlackResponse:
    """Return Slack's response with its headers. One try; raises SlackError and nothing else."""
    if form:
        return attempt(method, lambda: client.api_call(method, params=arguments))
    return attempt(method, lambda: client.api_call(method, json=arguments))


def attempt(method: str, ask: Callable[[], T]) -> T:
    """Return what `ask` returns, which calls `method` by slack_sdk. Raises SlackError."""
    check_time(method)
    try:
        return ask()
    except SlackApiError as error:
        raise _refusal(method, error) from error
    except (OSError, HTTPException, *NO_OBJECT, SlackClientError) as error:
        # HTTPException: the response was cut.
        raise unreachable(method, error) from error


def _refusal(method: str, error: SlackApiError) -> SlackError:
    response = error.response
    status = getattr(response, "status_code", HTTPStatus.OK)
    body = getattr(response, "data", response)
    fields = body if isinstance(body, dict) else {}
    # Bodies that are no JSON arrive as a sentence in place of the code.
    code = _code_in(fields)
    refused = _error(method, status, code, getattr(response, "headers", None))
    is_refusal = isinstance(refused, RefusedError)
    if code == "missing_scope":
        needed = str(fields.get("needed") or "a scope")[:60]
        log.error("the Slack app lacks %s: update it from manifest.yml and reinstall it", needed)
    if is_refusal and code == UNREADABLE:
        return _fault(method, status, code)
    if is_refusal and (details := fields.get("errors")):
        log.warning("Slack refused %s: %s %s", method, code, details)
    return refused


def response_url_error(status: int, body: str, headers: Any) -> SlackError | None:
    """Return the error in a response_url's response, or None; Slack may refuse with status 200."""
    code = _code_in_text(body)
    if status != HTTPStatus.OK and code in {None, UNREADABLE}:
        code = body if CODE.fullmatch(body) else f"http_{status}"
    if code is None:
        return None
    error = _error("response_url", status, code, headers)
    # It carries no token: one that was rejected is the address itself.
    return PlaceError(error.method, code) if isinstance(error, TokenError) else error


def _error(method: str, status: int, code: str, headers: Any) -> SlackError:
    meaning = meaning_of(code)
    if status == HTTPStatus.TOO_MANY_REQUESTS or meaning is RateLimitedError:
        return RateLimitedError(method, code, retry_after=retry_after(headers))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or meaning is UnreachableError:
        return _fault(method, status, code)
    return meaning(method, code)


def _fault(method: str, status: int, code: str) -> UnreachableError:
    reason = f"HTTP {status} {code}"
    return UnreachableError(method, code, reason=reason, may_have_happened=True)


def _code_in_text(body: str) -> str | None:
    """Return the code of a refusal in JSON, `unreadable` where it has none; None: no refusal."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(parsed, dict) or parsed.get("ok", "error" not in parsed) is not False:
        return None
    return _code_in(parsed)


def _code_in(fields: dict[str, Any]) -> str:
    code = fields.get("error")
    return code if isinstance(code, str) and CODE.fullmatch(code) else UNREADABLE


def unreachable(method: str, error: Exception) -> UnreachableError:
    """Return the error for a response that did not come."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    # Only what failed while connecting has certainly not happened.
    certainly_unsent = isinstance(error, urllib.error.URLError) and isinstance(
        cause, ConnectionRefusedError
    )
    reason = f"{type(cause).__name__}: {cause}"
    code = TIMED_OUT if isinstance(cause, TimeoutError) else NO_RESPONSE
    code = UNREADABLE if isinstance(cause, NO_OBJECT) else code
    return UnreachableError(method, code, reason=reason, may_have_happened=not certainly_unsent)


def retry_after(headers: Any) -> timedelta:
    """Return how long Slack asks us to wait."""
    for name, value in dict(headers or {}).items():
        if name.lower() == "retry-after":
            text = value[0] if isinstance(value, list) else value
            try:
                return timedelta(seconds=max(0.0, float(text)))
            except (TypeError, ValueError, OverflowError):
                break
    return RETRY_AFTER
