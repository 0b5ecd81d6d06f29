"""How the sandbox's Slack says no."""

from collections.abc import Sequence
from typing import Any


class SlackError(Exception):
    """A refusal in Slack's words: `{"ok": false, "error": code, **details}`."""

    def __init__(self, code: str, **details: Any) -> None:
        """Remember the code and what stands beside it in the answer."""
        super().__init__(code)
        self.code = code
        self.details = details

    def body(self) -> dict[str, Any]:
        """Return the JSON body that carries this refusal."""
        return {"ok": False, "error": self.code, **self.details}


def invalid(code: str, problems: Sequence[object]) -> SlackError:
    """Return a refusal that lists what is wrong, as Slack does for blocks, views and arguments."""
    errors = [str(problem) for problem in problems]
    metadata = {"messages": [f"[ERROR] {error}" for error in errors]}
    return SlackError(code, errors=errors, response_metadata=metadata)


class DeliveryFailedError(Exception):
    """The app did not take what was delivered; `code` is what Slack tells the person."""

    def __init__(self, code: str, *, reason: str) -> None:
        """Remember Slack's code and the reason a retry would name (`http_timeout`, …)."""
        super().__init__(code)
        self.code = code
        self.reason = reason
