"""slack_sdk's clients, as we use them: one try a call, which is counted and timed."""

import time
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from odps_bot.config.settings import Settings
from odps_bot.operations.metrics import Metrics
from odps_bot.slack.api.bounded_http import BoundedClient

#: Slack responds within a second or two. A post of unknown outcome is searched for, and whoever
#: sends must be free for others soon.
TIMEOUT = timedelta(seconds=8)

#: A modal is opened before the command is acknowledged, which Slack awaits for 3 s.
QUICK_TIMEOUT = timedelta(seconds=2)


def web_client(
    settings: Settings, *, token: str | None = None, timeout: timedelta = TIMEOUT, **options: Any
) -> WebClient:
    """Return a client that nobody measures."""
    return BoundedClient(token=token, **_options(settings, timeout), **options)


def measured_client(
    settings: Settings, metrics: Metrics, *, token: str, timeout: timedelta = TIMEOUT
) -> WebClient:
    """Return a client by which a workspace is spoken to."""
    return MeasuredClient(metrics=metrics, token=token, **_options(settings, timeout))


def _options(settings: Settings, timeout: timedelta) -> dict[str, Any]:
    return {
        "base_url": settings.slack_api_url,
        "timeout": int(timeout.total_seconds()),
        "retry_handlers": [],
    }


class MeasuredClient(BoundedClient):
    """Counts and times every call by its method and outcome."""

    def __init__(self, *, metrics: Metrics, **options: Any) -> None:
        super().__init__(**options)
        self._metrics = metrics

    def api_call(self, api_method: str, **arguments: Any) -> SlackResponse:
        """Call a method, as slack_sdk does."""
        began_s = time.perf_counter()
        outcome = "unreachable"
        try:
            answer = super().api_call(api_method, **arguments)
            outcome = "ok"
        except SlackApiError as error:
            outcome = _outcome(error)
            raise
        finally:
            took = timedelta(seconds=time.perf_counter() - began_s)
            self._metrics.slack_responded(api_method, outcome, took)
        return answer


def _outcome(error: SlackApiError) -> str:
    status = getattr(error.response, "status_code", HTTPStatus.OK)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "busy"
    return "unreachable" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "refused"


class RefusingClient(WebClient):
    """Refuses every call with the same code, as Slack would: it is not asked."""

    def __init__(self, code: str, *, base_url: str) -> None:
        """Refuse with `code`; response_urls at the host of `base_url` are still replied to."""
        super().__init__(token="", base_url=base_url)
        self._code = code

    def api_call(self, api_method: str, **_: Any) -> SlackResponse:
        """Raise SlackApiError."""
        answer = {"ok": False, "error": self._code}
        raise SlackApiError(f"{api_method}: {self._code}", answer)  # type: ignore[no-untyped-call]
