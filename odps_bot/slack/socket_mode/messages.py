"""What Slack sends over a Socket Mode connection, read by types. Pure.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Hello:
    """The connection is open: envelopes may follow."""


@dataclass(frozen=True)
class Disconnect:
    """Slack is about to close this connection; `warning` or `refresh_requested` are usual."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A request of Slack, which waits for its acknowledgement."""

    id: str
    kind: str  #: `slash_commands`, `interactive` or `events_api`
    payload: dict[str, Any] = field(repr=False)
    takes_response: bool = True  #: whether the acknowledgement may have content
    retry_attempt: int | None = None
    retry_reason: str | None = None


Message = Hello | Disconnect | Envelope


def read_message(text: str) -> Message | None:
    """Return what a text frame says; None for what is none of these messages."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    kind = fields.get("type")
    if kind == "hello":
        return Hello()
    if kind == "disconnect":
        reason = fields.get("reason")
        return Disconnect(reason if isinstance(reason, str) else "")
    envelope_id, payload = fields.get("envelope_id"), fields.get("payload")
    if not isinstance(envelope_id, str) or not envelope_id or not isinstance(payload, dict):
        return None
    attempt, why = fields.get("retry_attempt"), fields.get("retry_reason")
    return Envelope(
        id=envelope_id,
        kind=str(kind),
        payload=payload,
        takes_response=fields.get("accepts_response_payload") is not False,
        retry_attempt=attempt if isinstance(attempt, int) else None,
        retry_reason=why if isinstance(why, str) else None,
    )
