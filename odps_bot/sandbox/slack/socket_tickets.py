"""Tickets for Socket Mode connections, each good for one."""

import secrets
from datetime import datetime, timedelta

from odps_bot.sandbox.slack.timestamps import Clock

LIFETIME = timedelta(seconds=30)


class SocketTickets:
    """Issues tickets and takes them back."""

    def __init__(self, *, clock: Clock) -> None:
        """Measure ages by `clock`."""
        self._clock = clock
        self._issued: dict[str, datetime] = {}

    def issue(self) -> str:
        """Return a new ticket."""
        now = self._clock()
        for old in [key for key, at in self._issued.items() if now - at > LIFETIME]:
            del self._issued[old]
        ticket = secrets.token_urlsafe(24)
        self._issued[ticket] = now
        return ticket

    def redeem(self, ticket: str) -> bool:
        """Use a ticket up; False when it was used before, is too old or never was issued."""
        issued_at = self._issued.pop(ticket, None)
        return issued_at is not None and self._clock() - issued_at <= LIFETIME
