"""What Slack must still be told: claimed, delivered once, most important first."""

from odps_bot.outbox.holds import EDIT_INTERVAL, Holds, Posting
from odps_bot.outbox.mailbox import DROPPABLE, PROMISED, Entry, EntryKind, Outbox
from odps_bot.outbox.private_answers import Inquiry, PrivateAnswers
from odps_bot.outbox.slack_messages import (
    SlackBusyError,
    SlackError,
    SlackMessages,
    SlackRefusedError,
    SlackUnreachableError,
)

__all__ = [
    "DROPPABLE",
    "EDIT_INTERVAL",
    "PROMISED",
    "Entry",
    "EntryKind",
    "Holds",
    "Inquiry",
    "Outbox",
    "Posting",
    "PrivateAnswers",
    "SlackBusyError",
    "SlackError",
    "SlackMessages",
    "SlackRefusedError",
    "SlackUnreachableError",
]
