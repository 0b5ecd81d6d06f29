"""Errors of the sandbox's Slack."""

from collections.abc import Sequence
from typing import Any


class SlackError(Exception):
    """An error response of Slack: `{"ok": false, "error": code, **details}`."""

    def __init__(self, code: str, **details: Any) -> None:
        """Keep the code and the other fields of the response."""
        super().__init__(code)
        self.code = code
        self.details = details

    def body(self) -> dict[str, Any]:
        """Return the JSON body of the response."""
        return {"ok": False, "error": self.code, **self.details}


def invalid(code: str, problems: Sequence[object]) -> SlackError:
    """Return an error that lists the problems, as Slack does for blocks, views and arguments."""
    errors = [str(problem) for problem in problems]
    metadata = {"messages": [f"[ERROR] {error}" for error in errors]}
    return SlackError(code, errors=errors, response_metadata=metadata)


class DeliveryFailedError(Exception):
    """The app did not acknowledge a delivery; `code` is what Slack shows the person."""

    def __init__(self, code: str, *, reason: str) -> None:
        """Keep Slack's code and the reason that a retry would give (`http_timeout`, …)."""
        super().__init__(code)
        self.code = code
        self.reason = reason
