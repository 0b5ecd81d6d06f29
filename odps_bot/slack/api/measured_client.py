"""slack_sdk's client, which also says how its calls went."""

import time
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from odps_bot.operations.metrics import Metrics


class MeasuredClient(WebClient):
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
