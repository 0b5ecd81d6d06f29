"""A Slack that answers at the limits that Slack documents, and writes down what it was told.

As a script it prints its port, and serves until its standard input ends.

    GET /calls  [[epoch in s, method, channel, message ts or run id, kind, was it refused], …]
    GET /shown  [[epoch in s, message ts, its kind, as of when it says it is (epoch in s) or 0], …]
"""

import json
import re
import time
from collections.abc import Hashable
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

from benchmarks.world.http_server import Answer, Request, serve
from odps_bot.sandbox.slack.rate_limits import (
    POSTS_OF_A_CHANNEL,
    POSTS_OF_A_WORKSPACE,
    TIER_3,
    Rate,
    RateLimits,
    retry_after,
)

_AS_OF = re.compile(r"as of <!date\^(\d+)")


def _rates(method: str, channel: str) -> dict[Hashable, Rate]:
    if method == "chat.update":
        return {method: TIER_3}
    if method == "chat.postMessage":
        return {channel: POSTS_OF_A_CHANNEL, method: POSTS_OF_A_WORKSPACE}
    return {}


class StandIn:
    """Answers calls of the Web API and remembers them."""

    def __init__(self) -> None:
        self._limits = RateLimits(clock=lambda: datetime.now(UTC))
        self._calls: list[tuple[float, str, str, str, str, bool]] = []
        self._shown: list[tuple[float, str, str, int]] = []
        self._numbers = count(1)

    def respond(self, request: Request) -> Answer:
        """Return the answer to a request."""
        name = request.path.rpartition("/")[2]
        if name == "calls":
            return Answer(json.dumps(self._calls).encode())
        if name == "shown":
            return Answer(json.dumps(self._shown).encode())
        said = _arguments(request)
        channel = str(said.get("channel", ""))
        wait = self._limits.take(_rates(name, channel))
        label = (said.get("metadata") or {}).get("event_payload") or {}
        about = str(label.get("run_id") or said.get("ts") or "")
        kind = str(label.get("kind") or "")
        self._calls.append((time.time(), name, channel, about, kind, bool(wait)))
        if wait:
            return _json({"ok": False, "error": "ratelimited"}, 429, retry_after(wait))
        ts = said.get("ts") or f"{int(time.time())}.{next(self._numbers):06}"
        if name in {"chat.postMessage", "chat.update"}:
            as_of = _AS_OF.search(json.dumps([said.get("text"), said.get("blocks")]))
            self._shown.append((time.time(), str(ts), kind, int(as_of[1]) if as_of else 0))
        who = {"user_id": "U0BOT", "bot_id": "B0BOT", "team_id": "T0BENCH", "user": "odps"}
        return _json({"ok": True, "ts": ts, "channel": channel, "messages": [], **who})


def _arguments(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").startswith("application/json"):
        return dict(json.loads(request.body or "{}"))
    return dict(parse_qsl(request.body.decode())) | dict(request.query)


def _json(body: dict[str, object], http_status: int = 200, retry_after_s: int = 0) -> Answer:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if retry_after_s:
        headers["Retry-After"] = str(retry_after_s)
    return Answer(json.dumps(body).encode(), http_status, headers)


if __name__ == "__main__":
    serve(StandIn().respond)
