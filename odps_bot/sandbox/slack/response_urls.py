"""The `response_url` of an interaction: it can be used five times within half an hour."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from odps_bot.sandbox.clock import Clock
from odps_bot.sandbox.slack.errors import SlackError

LIFETIME = timedelta(minutes=30)
USES = 5
_KEPT = timedelta(hours=1)

Origin = Literal["commands", "actions", "app"]


@dataclass(kw_only=True)
class ResponseUrl:
    """What a URL responds to, and how often it can still be used."""

    path: str
    user_id: str
    channel_id: str
    message_ts: str | None  #: the clicked message, which can be replaced or deleted
    issued_at: datetime
    uses_left: int = USES


class ResponseUrls:
    """Issues and resolves the URLs."""

    def __init__(self, *, team_id: str, clock: Clock) -> None:
        """Read the time from `clock`."""
        self._team_id = team_id
        self._clock = clock
        self._issued: dict[str, ResponseUrl] = {}

    def issue(
        self, origin: Origin, *, user_id: str, channel_id: str, message_ts: str | None = None
    ) -> str:
        """Return the path of a new URL."""
        now = self._clock()
        for old in [key for key, url in self._issued.items() if now - url.issued_at > _KEPT]:
            del self._issued[old]
        number = secrets.randbelow(10**13)
        path = f"/{origin}/{self._team_id}/{number}/{secrets.token_urlsafe(18)}"
        self._issued[path] = ResponseUrl(
            path=path, user_id=user_id, channel_id=channel_id, message_ts=message_ts, issued_at=now
        )
        return path

    def find(self, path: str) -> ResponseUrl:
        """Return the URL with this path.

        Raises SlackError `expired_url` when it is too old or unknown, `used_url` after five uses.
        """
        url = self._issued.get(path)
        if url is None or self._clock() - url.issued_at > LIFETIME:
            raise SlackError("expired_url")
        if url.uses_left == 0:
            raise SlackError("used_url")
        return url
