"""What Slack must still be told: claimed, delivered once, most important first."""

from odps_bot.outbox.mailbox import Entry, EntryKind, Outbox
from odps_bot.outbox.slack_messages import (
    SlackBusyError,
    SlackError,
    SlackMessages,
    SlackRefusedError,
    SlackUnreachableError,
)

__all__ = [
    "Entry",
    "EntryKind",
    "Outbox",
    "SlackBusyError",
    "SlackError",
    "SlackMessages",
    "SlackRefusedError",
    "SlackUnreachableError",
]
