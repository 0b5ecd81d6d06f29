"""What Slack must still be told: claimed, delivered once, most important first."""

from odps_bot.outbox.holds import EDIT_INTERVAL, Holds, Posting
from odps_bot.outbox.inquiries import CostInquiry, Inquiry, InstanceInquiry, ListInquiry
from odps_bot.outbox.mailbox import DROPPABLE, PROMISED, Entry, EntryKind, Outbox
from odps_bot.outbox.private_answers import Address, PrivateAnswers
from odps_bot.outbox.slack_calls import (
    SlackBusyError,
    SlackError,
    SlackRefusedError,
    SlackTokenError,
    SlackUnreachableError,
)
from odps_bot.outbox.slack_messages import SlackMessages
from odps_bot.outbox.slack_views import SlackViews, View

__all__ = [
    "DROPPABLE",
    "EDIT_INTERVAL",
    "PROMISED",
    "Address",
    "CostInquiry",
    "Entry",
    "EntryKind",
    "Holds",
    "Inquiry",
    "InstanceInquiry",
    "ListInquiry",
    "Outbox",
    "Posting",
    "PrivateAnswers",
    "SlackBusyError",
    "SlackError",
    "SlackMessages",
    "SlackRefusedError",
    "SlackTokenError",
    "SlackUnreachableError",
    "SlackViews",
    "View",
]
