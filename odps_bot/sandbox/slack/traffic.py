"""The log of what went to and fro between Slack and the app, without secrets."""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Direction = Literal["in", "out"]
Kind = Literal["web_api", "event", "ack", "response_url", "upload", "download"]

CAPACITY = 2_000
SUMMARY_LENGTH = 200

_SECRETS = re.compile(r"\b(xox[a-z]|xapp)-[\w-]+|(?<=/)(commands|actions|app)/T\w+/\S+")
_TELLING = ("channel", "user", "ts", "thread_ts", "filename", "command", "text", "action_id")


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and how it was answered; `in` is what the app sent to Slack."""

    at: datetime
    direction: Direction
    kind: Kind
    method: str
    http_status: int | None
    ok: bool
    error: str | None = None
    summary: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the exchange as the page lists it."""
        entry: dict[str, Any] = {
            "at": self.at.isoformat(),
            "direction": self.direction,
            "kind": self.kind,
            "method": self.method,
            "http_status": self.http_status,
            "ok": self.ok,
            "summary": self.summary,
        }
        return entry | ({"error": self.error} if self.error else {})


class TrafficLog:
    """The newest exchanges, oldest first."""

    def __init__(self, *, capacity: int = CAPACITY) -> None:
        """Remember at most `capacity` exchanges."""
        self._exchanges: deque[Exchange] = deque(maxlen=capacity)

    def add(self, exchange: Exchange) -> None:
        """Append an exchange."""
        self._exchanges.append(exchange)

    def newest(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Return the newest exchanges as JSON, oldest first."""
        exchanges = list(self._exchanges)
        return [entry.as_json() for entry in exchanges[-(limit or len(exchanges)) :]]


def summarize(values: Mapping[str, Any]) -> str:
    """Return the telling arguments of a call in a line, cut short and without secrets."""
    parts = [f"{name}={values[name]}" for name in _TELLING if values.get(name)]
    if blocks := values.get("blocks"):
        parts.append(f"blocks={len(blocks)}" if isinstance(blocks, list) else "blocks")
    line = redact(" ".join(parts)).replace("\n", " ")
    return line if len(line) <= SUMMARY_LENGTH else f"{line[: SUMMARY_LENGTH - 1]}…"


def redact(text: str) -> str:
    """Return `text` without tokens and without addresses that grant something."""
    return _SECRETS.sub("[removed]", text)
