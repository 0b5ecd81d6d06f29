"""What a command gets: who asks, where, and what they typed."""

import hashlib
from dataclasses import dataclass

from odps_bot.messages import Message


@dataclass(frozen=True, kw_only=True)
class Request:
    """A command of a person, or a click; `text` is what follows the verb."""

    team_id: str
    channel_id: str
    user_id: str
    trigger_id: str
    response_url: str
    text: str = ""
    is_click: bool = False

    @property
    def ask_id(self) -> str:
        """An id that a repeated delivery of the same request has too; fit for keys and jobs."""
        secret = f"{self.team_id}:{self.trigger_id}".encode()
        return hashlib.sha256(secret).hexdigest()[:24]


#: What the person sees at once and alone; None: nothing, because a card follows.
Answer = Message | None
