"""The adapter to Slack's Web API and response_urls: its exceptions and refusals end here."""

import json
import logging
import re
import urllib.error
from http import HTTPStatus
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from odps_bot.messages import Message

log = logging.getLogger(__name__)

#: The metadata by which a message of ours is found again.
METADATA_TYPE = "odps_bot_run"

#: How far back a message of ours is looked for; a lost answer is found out within a minute.
SEARCHED_MESSAGES = 200

BUSY_CODES = frozenset({"ratelimited", "rate_limited"})
PASSING_CODES = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "unreadable"}
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


class SlackBusyError(SlackError):
    """Slack said no for now; nothing was carried out."""

    def __init__(self, method: str, *, retry_after_s: float) -> None:
        super().__init__(f"{method}: busy for {retry_after_s:g} s")
        self.method = method
        self.retry_after_s = retry_after_s


class SlackUnreachableError(SlackError):
    """No readable answer came."""

    def __init__(self, method: str, reason: str, *, may_have_happened: bool) -> None:
        super().__init__(f"{method}: {reason}")
        self.may_have_happened = may_have_happened


class SlackMessages:
    """What we do with messages, over slack_sdk. One try a call: the outbox repeats.

    All methods raise SlackError and nothing else.
    """

    def __init__(self, client: WebClient) -> None:
        self._client = client

    def post(
        self, channel_id: str, message: Message, *, thread_ts: str | None, label: dict[str, str]
    ) -> str:
        """Post a message, findable by `label`, and return its ts."""
        answer = self._call(
            "chat.postMessage",
            {
                "channel": channel_id,
                "metadata": {"event_type": METADATA_TYPE, "event_payload": label},
                "unfurl_links": False,
                "unfurl_media": False,
                **({"thread_ts": thread_ts} if thread_ts else {}),
                **message.as_arguments(),
            },
        )
        return str(answer["ts"])

    def edit(self, channel_id: str, message_ts: str, message: Message) -> None:
        """Replace the message."""
        self._call(
            "chat.update", {"channel": channel_id, "ts": message_ts, **message.as_arguments()}
        )

    def find(self, channel_id: str, *, thread_ts: str | None, label: dict[str, str]) -> str | None:
        """Return the ts of our message with this label in the channel or thread, or None."""
        where = {
            "channel": channel_id,
            "limit": SEARCHED_MESSAGES,
            "include_all_metadata": True,
        }
        if thread_ts:
            found = self._call("conversations.replies", {**where, "ts": thread_ts}, form=True)
        else:
            found = self._call("conversations.history", where, form=True)
        for message in found.get("messages", []):
            metadata = message.get("metadata") or {}
            if (
                metadata.get("event_type") == METADATA_TYPE
                and metadata.get("event_payload") == label
            ):
                return str(message["ts"])
        return None

    def whisper(self, channel_id: str, user_id: str, message: Message) -> None:
        """Say something only this member of the channel sees."""
        self._call(
            "chat.postEphemeral",
            {"channel": channel_id, "user": user_id, **message.as_arguments()},
        )

    def answer(self, response_url: str, message: Message) -> None:
        """Answer privately, where the person asked."""
        hook = WebhookClient(response_url, timeout=10, retry_handlers=[])
        body = {
            "response_type": "ephemeral",
            "replace_original": False,
            **message.as_arguments(),
        }
        try:
            response = hook.send_dict(body)
        except (OSError, ValueError) as error:
            raise _unreachable("response_url", error) from error
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise SlackBusyError("response_url", retry_after_s=_retry_after_s(response.headers))
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            reason = f"HTTP {response.status_code}"
            raise SlackUnreachableError("response_url", reason, may_have_happened=True)
        if response.status_code != HTTPStatus.OK:
            raise SlackRefusedError("response_url", _error_code(response.body))

    def _call(self, method: str, arguments: dict[str, Any], *, form: bool = False) -> Any:
        try:
            if form:
                return self._client.api_call(method, params=arguments).data
            return self._client.api_call(method, json=arguments).data
        except SlackApiError as error:
            raise _from_answer(method, error) from error
        except (OSError, ValueError, AttributeError, SlackClientError) as error:
            # AttributeError: slack_sdk takes any JSON for an object.
            raise _unreachable(method, error) from error


def _from_answer(method: str, error: SlackApiError) -> SlackError:
    response = error.response
    status = getattr(response, "status_code", HTTPStatus.OK)
    answer = getattr(response, "data", response)
    said = answer if isinstance(answer, dict) else {}
    # Bodies that are no JSON arrive as a sentence in place of the code.
    code = said.get("error")
    code = code if isinstance(code, str) and CODE.fullmatch(code) else "unreadable"
    if status == HTTPStatus.TOO_MANY_REQUESTS or code in BUSY_CODES:
        headers = getattr(response, "headers", None)
        return SlackBusyError(method, retry_after_s=_retry_after_s(headers))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or code in PASSING_CODES:
        return SlackUnreachableError(method, f"HTTP {status} {code}", may_have_happened=True)
    if details := said.get("errors"):
        log.warning("Slack refused %s: %s %s", method, code, details)
    return SlackRefusedError(method, code)


def _unreachable(method: str, error: Exception) -> SlackUnreachableError:
    reason = getattr(error, "reason", error)
    # Only what failed while connecting has certainly not happened.
    certainly_unsent = isinstance(error, urllib.error.URLError) and isinstance(
        reason, ConnectionRefusedError
    )
    return SlackUnreachableError(
        method, f"{type(reason).__name__}: {reason}", may_have_happened=not certainly_unsent
    )


def _retry_after_s(headers: Any) -> float:
    for name, value in dict(headers or {}).items():
        if name.lower() == "retry-after":
            text = value[0] if isinstance(value, list) else value
            try:
                return max(0.0, float(text))
            except (TypeError, ValueError):
                break
    return DEFAULT_RETRY_AFTER_S


def _error_code(body: str) -> str:
    try:
        parsed = json.loads(body)
    except ValueError:
        return body[:100]
    return str(parsed.get("error", "unknown")) if isinstance(parsed, dict) else "unknown"
