"""Events of which nothing comes: one line in the log with the reason, and a count."""

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from odps_bot.listeners.events.incoming_message import Reason
from odps_bot.operations.logs import hide_secrets
from odps_bot.services import Services

log = logging.getLogger(__name__)

IN_WORDS: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.OWN: "the bot has posted it",
        Reason.BOT: "a bot or Slack itself has posted it",
        Reason.NOT_ADDRESSED: "it neither mentions the bot nor is a direct message",
        Reason.SUBTYPE: "no person wrote it",
        Reason.DELETED: "it was deleted",
        Reason.UNCHANGED: "its text has not changed",
        Reason.HIDDEN: "it is hidden",
        Reason.INCOMPLETE: "its channel or author is missing",
        Reason.HANDLED: "it was answered before",
    }
)

#: Ids and subtypes have at most so many characters.
DETAIL_CHARACTERS = 40


def ignore_message(
    event: Mapping[str, Any], reason: Reason, services: Services, *, detail: str = ""
) -> None:
    """Log and count an event about a message that is not handled. What it says is not logged."""
    kind = _short(event.get("type"))
    behind = f" ({_short(detail)})" if detail else ""
    log.info(
        "ignored %s in %s at %s: %s%s",
        kind,
        _short(event.get("channel")),
        _short(event.get("ts") or event.get("event_ts")),
        IN_WORDS[reason],
        behind,
    )
    services.metrics.ignored(kind, reason)


def _short(value: Any) -> str:
    """Return what Slack sent as one short word for the log."""
    text = hide_secrets(repr(value)[1:-1] if isinstance(value, str) else "unknown")
    return text[:DETAIL_CHARACTERS]
