"""The log of requests between Slack and the app, without secrets."""

import json
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

Direction = Literal["in", "out"]
Kind = Literal["web_api", "event", "ack", "response_url", "upload", "download"]

CAPACITY = 2_000
#: The number of newest exchanges that keep their bodies.
DETAILED = 300
SUMMARY_LENGTH = 200
DETAIL_LENGTH = 20_000
REMOVED = "[removed]"

_SECRETS = re.compile(
    r"\b(xox[a-z]|xapp)-[\w-]+"
    r"|(?<=/)(commands|actions|app)/T\w+/[^\s\"\\]+"
    r"|(?<=/upload/v1/)[^\s\"\\]+"
    r"|(?<=ticket=)[\w-]+"
)
_SUMMARIZED_ARGUMENTS = (
    "channel",
    "user",
    "ts",
    "thread_ts",
    "filename",
    "command",
    "text",
    "action_id",
)


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its response; `in` is from the app to Slack."""

    at: datetime
    direction: Direction
    kind: Kind
    method: str
    http_status: int | None
    ok: bool
    error: str | None = None
    summary: str = ""
    elapsed: timedelta | None = None
    request: Any = None
    response: Any = None
    team_id: str = ""  #: of the token's workspace, if it is not the home workspace

    def as_json(self) -> dict[str, Any]:
        """Return the exchange for a list."""
        entry: dict[str, Any] = {
            "at": self.at.isoformat(),
            "direction": self.direction,
            "kind": self.kind,
            "method": self.method,
            "http_status": self.http_status,
            "ok": self.ok,
            "summary": self.summary,
        }
        optional = {"error": self.error, "team_id": self.team_id}
        return entry | {name: value for name, value in optional.items() if value}

    def details(self) -> dict[str, Any]:
        """Return duration and bodies, without secrets and truncated."""
        milliseconds = None if self.elapsed is None else self.elapsed / timedelta(milliseconds=1)
        return {
            "ms": None if milliseconds is None else round(milliseconds, 1),
            "request": _detail(self.request),
            "response": _detail(self.response),
        }


class TrafficLog:
    """The newest exchanges, oldest first and numbered."""

    def __init__(self, *, capacity: int = CAPACITY) -> None:
        """Remember at most `capacity` exchanges."""
        self._exchanges: deque[Exchange] = deque(maxlen=capacity)
        self._last_id = 0

    def add(self, exchange: Exchange) -> None:
        """Append an exchange."""
        self._last_id += 1
        self._exchanges.append(exchange)
        if len(self._exchanges) > DETAILED:
            old = self._exchanges[-DETAILED - 1]
            self._exchanges[-DETAILED - 1] = replace(old, request=None, response=None)

    def clear(self) -> None:
        """Remove the exchanges; numbering continues."""
        self._exchanges.clear()

    def newest(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Return the newest exchanges as JSON, oldest first."""
        exchanges = list(self._exchanges)
        return [entry.as_json() for entry in exchanges[-(limit or len(exchanges)) :]]

    def since(self, exchange_id: int, *, limit: int) -> list[dict[str, Any]]:
        """Return the newest exchanges after that one with their ids and details, oldest first."""
        exchanges = list(self._exchanges)
        first_id = self._last_id - len(exchanges) + 1
        return [
            {"id": number, **exchange.as_json(), **exchange.details()}
            for number, exchange in enumerate(exchanges, start=first_id)
            if number > max(exchange_id, self._last_id - limit)
        ]


def summarize(values: Mapping[str, Any]) -> str:
    """Return the main arguments of a call in one line, truncated and without secrets."""
    parts = [f"{name}={values[name]}" for name in _SUMMARIZED_ARGUMENTS if values.get(name)]
    if blocks := values.get("blocks"):
        parts.append(f"blocks={len(blocks)}" if isinstance(blocks, list) else "blocks")
    line = redact(" ".join(parts)).replace("\n", " ")
    return line if len(line) <= SUMMARY_LENGTH else f"{line[: SUMMARY_LENGTH - 1]}…"


def redact(text: str) -> str:
    """Return `text` without tokens and without URLs that grant access."""
    return _SECRETS.sub(REMOVED, text)


def _detail(value: Any) -> Any:
    """Return a JSON value without secrets; if it is too long, the beginning of its text."""
    masked = _mask(value)
    text = json.dumps(masked, ensure_ascii=False)
    if len(text) > DETAIL_LENGTH:
        return {"cut": text[:DETAIL_LENGTH], "length": len(text)}
    return masked


def _mask(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        return [_mask(entry) for entry in value]
    if isinstance(value, dict):
        return {key: REMOVED if key == "token" else _mask(entry) for key, entry in value.items()}
    return value
