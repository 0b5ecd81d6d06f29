"""Calls of Slack's Web API: its exceptions and refusals end here as errors of ours."""

import json
import logging
import re
import urllib.error
from http import HTTPStatus
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from odps_bot.slack.error_codes import (
    HTTP_CODE,
    PACE_CODES,
    TOKEN_CODES,
    UNREADABLE,
    is_about_content,
)

log = logging.getLogger(__name__)

PASSING_CODES = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", UNREADABLE}
)
CODE = re.compile(r"[a-z0-9_]{1,60}")

#: Slack gives no time with some of its refusals.
DEFAULT_RETRY_AFTER_S = 5.0


class SlackError(Exception):
    """Base of what can come back from Slack."""


class SlackRefusedError(SlackError):
    """Slack said no and will say so again; `code` is its word for it."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"{method}: {code}")
        self.method = method
        self.code = code

    @property
    def is_about_content(self) -> bool:
        """Whether a plainer rendering of the same message may be accepted."""
        return is_about_content(self.code)


class SlackBusyError(SlackError):
    """Slack said no for now; nothing was carried out."""

    def __init__(self, method: str, *, retry_after_s: float) -> None:
        super().__init__(f"{method}: rate limited for {retry_after_s:g} s")
        self.method = method
        self.retry_after_s = retry_after_s


class SlackUnreachableError(SlackError):
    """No readable answer came."""

    def __init__(self, method: str, reason: str, *, may_have_happened: bool) -> None:
        super().__init__(f"{method}: {reason}")
        self.may_have_happened = may_have_happened


class SlackTokenError(SlackUnreachableError):
    """Slack does not accept our token; `code` is its word for it. Nothing was carried out."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(method, code, may_have_happened=False)
        self.code = code


def call(client: WebClient, method: str, arguments: dict[str, Any], *, form: bool = False) -> Any:
    """Return what Slack answers, as JSON values. One try; raises SlackError and nothing else."""
    try:
        if form:
            return client.api_call(method, params=arguments).data
        return client.api_call(method, json=arguments).data
    except SlackApiError as error:
        raise _from_answer(method, error) from error
    except (OSError, ValueError, AttributeError, SlackClientError) as error:
        # AttributeError: slack_sdk takes any JSON for an object.
        raise unreachable(method, error) from error


def _from_answer(method: str, error: SlackApiError) -> SlackError:
    response = error.response
    status = getattr(response, "status_code", HTTPStatus.OK)
    answer = getattr(response, "data", response)
    said = answer if isinstance(answer, dict) else {}
    # Bodies that are no JSON arrive as a sentence in place of the code.
    code = said.get("error")
    code = code if isinstance(code, str) and CODE.fullmatch(code) else UNREADABLE
    if status == HTTPStatus.TOO_MANY_REQUESTS or code in PACE_CODES:
        headers = getattr(response, "headers", None)
        return SlackBusyError(method, retry_after_s=retry_after_s(headers))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or code in PASSING_CODES:
        return SlackUnreachableError(method, f"HTTP {status} {code}", may_have_happened=True)
    if code in TOKEN_CODES:
        log.error("Slack rejected a token (%s); run `odps-bot doctor` for the remedy", code)
        return SlackTokenError(method, code)
    if details := said.get("errors"):
        log.warning("Slack refused %s: %s %s", method, code, details)
    return SlackRefusedError(method, code)


def response_url_error(status: int, body: str, headers: Any) -> SlackError | None:
    """Return the error in a response_url's answer, or None; Slack may refuse with status 200."""
    method, code = "response_url", _refusal_in(body)
    if status != HTTPStatus.OK and code in {None, UNREADABLE}:
        code = body if CODE.fullmatch(body) else f"{HTTP_CODE}{status}"
    if status == HTTPStatus.TOO_MANY_REQUESTS or code in PACE_CODES:
        return SlackBusyError(method, retry_after_s=retry_after_s(headers))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or code in PASSING_CODES - {UNREADABLE}:
        return SlackUnreachableError(method, f"HTTP {status} {code}", may_have_happened=True)
    return None if code is None else SlackRefusedError(method, code)


def _refusal_in(body: str) -> str | None:
    """Return the code of a refusal in JSON, `unreadable` where it has none; None: no refusal."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return None
    if not isinstance(parsed, dict) or parsed.get("ok", "error" not in parsed) is not False:
        return None
    code = parsed.get("error")
    return code if isinstance(code, str) and CODE.fullmatch(code) else UNREADABLE


def unreachable(method: str, error: Exception) -> SlackUnreachableError:
    """Return the error for an answer that did not come."""
    reason = getattr(error, "reason", error)
    # Only what failed while connecting has certainly not happened.
    certainly_unsent = isinstance(error, urllib.error.URLError) and isinstance(
        reason, ConnectionRefusedError
    )
    return SlackUnreachableError(
        method, f"{type(reason).__name__}: {reason}", may_have_happened=not certainly_unsent
    )


def retry_after_s(headers: Any) -> float:
    """Return how long Slack asks us to wait."""
    for name, value in dict(headers or {}).items():
        if name.lower() == "retry-after":
            text = value[0] if isinstance(value, list) else value
            try:
                return max(0.0, float(text))
            except (TypeError, ValueError):
                break
    return DEFAULT_RETRY_AFTER_S
