"""The addresses by which an app answers an interaction: five times, for half an hour."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.timestamps import Clock

LIFETIME = timedelta(minutes=30)
USES = 5
_KEPT = timedelta(hours=1)

Origin = Literal["commands", "actions", "app"]


@dataclass(kw_only=True)
class ResponseUrl:
    """What an address answers to, and how often it may still be used."""

    path: str
    user_id: str
    channel_id: str
    message_ts: str | None  #: the message that was clicked, which may be replaced or deleted
    issued_at: datetime
    uses_left: int = USES


class ResponseUrls:
    """Issues the addresses and takes them back."""

    def __init__(self, *, team_id: str, clock: Clock) -> None:
        """Measure ages by `clock`."""
        self._team_id = team_id
        self._clock = clock
        self._issued: dict[str, ResponseUrl] = {}

    def issue(
        self, origin: Origin, *, user_id: str, channel_id: str, message_ts: str | None = None
    ) -> str:
        """Return the path of a new address."""
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
        """Return the address behind a path.

        Raises SlackError: `expired_url` when it is too old or unknown, `used_url` after five uses.
        """
        url = self._issued.get(path)
        if url is None or self._clock() - url.issued_at > LIFETIME:
            raise SlackError("expired_url")
        if url.uses_left == 0:
            raise SlackError("used_url")
        return url
