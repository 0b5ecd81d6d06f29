"""Single-use tickets for Socket Mode connections."""

import secrets
from datetime import datetime, timedelta

from odps_bot.sandbox.clock import Clock

LIFETIME = timedelta(seconds=30)


class SocketTickets:
    """Issues and redeems tickets."""

    def __init__(self, *, clock: Clock) -> None:
        """Read the time from `clock`."""
        self._clock = clock
        self._issued: dict[str, datetime] = {}
        #: How many were issued.
        self.count = 0

    def issue(self) -> str:
        """Return a new ticket."""
        now = self._clock()
        for old in [key for key, at in self._issued.items() if now - at > LIFETIME]:
            del self._issued[old]
        ticket = secrets.token_urlsafe(24)
        self._issued[ticket] = now
        self.count += 1
        return ticket

    def redeem(self, ticket: str) -> bool:
        """Redeem a ticket; return False when it is used, expired or unknown."""
        issued_at = self._issued.pop(ticket, None)
        return issued_at is not None and self._clock() - issued_at <= LIFETIME
