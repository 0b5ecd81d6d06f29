"""A client for a workspace that cannot be spoken to: Slack is not asked, and every call refused."""

from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse


class RefusingClient(WebClient):
    """Refuses every call with the same code, as Slack would."""

    def __init__(self, code: str) -> None:
        super().__init__(token="")
        self._code = code

    def api_call(self, api_method: str, **_: Any) -> SlackResponse:
        """Raise SlackApiError."""
        answer = {"ok": False, "error": self._code}
        raise SlackApiError(f"{api_method}: {self._code}", answer)  # type: ignore[no-untyped-call]
