"""Short-lived permissions to open a view, as every interaction brings one."""

import secrets
from datetime import datetime, timedelta

from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.timestamps import Clock

LIFETIME = timedelta(seconds=3)
_KEPT = timedelta(minutes=5)


class Triggers:
    """Issues trigger ids and honours each once within three seconds."""

    def __init__(self, *, clock: Clock) -> None:
        """Measure ages by `clock`."""
        self._clock = clock
        self._issued: dict[str, tuple[datetime, str]] = {}
        self._exchanged: set[str] = set()

    def issue(self, user_id: str) -> str:
        """Return a new trigger id for what this person just did."""
        now = self._clock()
        for old in [key for key, (at, _) in self._issued.items() if now - at > _KEPT]:
            del self._issued[old]
            self._exchanged.discard(old)
        digits = str(secrets.randbelow(10**13)).zfill(13)
        trigger_id = f"{digits}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._issued[trigger_id] = (now, user_id)
        return trigger_id

    def exchange(self, trigger_id: str) -> str:
        """Use a trigger up and return whose it was.

        Raises SlackError: `invalid_trigger_id`, `exchanged_trigger_id` or `expired_trigger_id`.
        """
        if trigger_id not in self._issued:
            raise SlackError("invalid_trigger_id")
        if trigger_id in self._exchanged:
            raise SlackError("exchanged_trigger_id")
        issued_at, user_id = self._issued[trigger_id]
        if self._clock() - issued_at > LIFETIME:
            raise SlackError("expired_trigger_id")
        self._exchanged.add(trigger_id)
        return user_id
