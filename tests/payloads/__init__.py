"""What Slack sends, one file a shape, each with what a person must see.

The shapes are those of Slack's documentation and of public repositories, written anew; every id is
invented, and those of the workspace are the sandbox's.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

FOLDER = Path(__file__).parent

#: What the person sees: a card (a run is stored), a private answer, one in the acknowledgement, a
#: modal, nothing at all, or Slack's own sign that it failed.
Sees = Literal["card", "private", "acknowledgement", "modal", "nothing", "failure"]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A payload, and what comes of it."""

    name: str
    what: str
    payload: dict[str, Any]
    sees: Sees
    says: str = ""  #: in the answer
    runs: str = ""  #: the statement
    ignored: str = ""  #: the reason that is counted
    log: str = ""
    organization: str = ""  #: to which the workspace belongs

    @property
    def kind(self) -> Literal["command", "event", "interaction"]:
        """How Slack sends it: as a form, as JSON, or as JSON in a form."""
        if "command" in self.payload:
            return "command"
        is_event = "event" in self.payload or self.payload["type"] in _BARE_EVENTS
        return "event" if is_event else "interaction"

    def filled(self, *, trigger_id: str, response_url: str) -> dict[str, Any]:
        """Return the payload with what only a server can issue."""
        issued = {"TRIGGER": trigger_id, "RESPONSE_URL": response_url}
        return {name: issued.get(str(value), value) for name, value in self.payload.items()}

    def as_http(self, payload: dict[str, Any]) -> tuple[str, bytes]:
        """Return the content type and the body by which Slack sends it."""
        if self.kind == "event":
            return "application/json", json.dumps(payload).encode()
        fields = payload if self.kind == "command" else {"payload": json.dumps(payload)}
        return "application/x-www-form-urlencoded", urlencode(fields).encode()


_BARE_EVENTS = frozenset({"app_rate_limited", "url_verification"})


def shapes() -> Iterator[Shape]:
    """Yield all shapes, by their names."""
    for path in sorted(FOLDER.glob("*/*.json")):
        name = f"{path.parent.name}/{path.stem}"
        yield Shape(name=name, **json.loads(path.read_text()))
