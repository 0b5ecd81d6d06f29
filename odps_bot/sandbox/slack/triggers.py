"""Trigger ids: each interaction brings one, with which the app can open a view."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from odps_bot.sandbox.clock import Clock
from odps_bot.sandbox.slack.errors import SlackError

_KEPT = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """An interaction, after which the app can open one view."""

    user_id: str
    channel_id: str | None  #: None outside of channels
    issued_at: datetime


class Triggers:
    """Issues trigger ids, each valid once and for a while: for three seconds at Slack."""

    def __init__(self, *, clock: Clock, lifetime: timedelta = timedelta(seconds=3)) -> None:
        """Read the time from `clock`."""
        self._clock = clock
        self._lifetime = lifetime
        self._issued: dict[str, Trigger] = {}
        self._exchanged: set[str] = set()

    def issue(self, user_id: str, *, channel_id: str | None = None) -> str:
        """Return a new trigger id for an interaction of this person."""
        now = self._clock()
        for old in [key for key, entry in self._issued.items() if now - entry.issued_at > _KEPT]:
            del self._issued[old]
            self._exchanged.discard(old)
        digits = str(secrets.randbelow(10**13)).zfill(13)
        trigger_id = f"{digits}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._issued[trigger_id] = Trigger(user_id=user_id, channel_id=channel_id, issued_at=now)
        return trigger_id

    def exchange(self, trigger_id: str) -> Trigger:
        """Redeem a trigger id and return the interaction.

        Raises SlackError: `invalid_trigger_id`, `exchanged_trigger_id` or `expired_trigger_id`.
        """
        if trigger_id not in self._issued:
            raise SlackError("invalid_trigger_id")
        if trigger_id in self._exchanged:
            raise SlackError("exchanged_trigger_id")
        trigger = self._issued[trigger_id]
        if self._clock() - trigger.issued_at > self._lifetime:
            raise SlackError("expired_trigger_id")
        self._exchanged.add(trigger_id)
        return trigger
