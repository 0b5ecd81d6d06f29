"""What an event about a message is to the bot: a command, or not. Pure.

Commands are what a person has just sent. A message that was edited, or posted through an app, is
not: whoever reads it has not necessarily written it so, and what it says may have run already.
https://docs.slack.dev/reference/events/message
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from odps_bot.input.slack_message.pieces import object_in, string

Event = Mapping[str, Any]

#: What a person writes: a message, maybe with a file, a reply that the channel sees too, and `/me`.
WRITTEN = frozenset({None, "", "file_share", "thread_broadcast", "me_message"})

CHANGED, DELETED = "message_changed", "message_deleted"

#: What a message has that an app has posted in a person's name, and no message of their own.
BY_APP = ("bot_id", "app_id", "bot_profile")

#: Slack's own messages have it as their author.
SLACKBOT = "USLACKBOT"


class Resend(StrEnum):
    """Why a message has to be sent again; the audit trail names it so."""

    EDITED = "edited_message"
    BY_APP = "message_by_app"


class Reason(StrEnum):
    """Why nothing comes of an event."""

    OWN = "own"  #: the bot has posted it
    BOT = "bot"  #: another bot, or Slack itself, has posted it
    NOT_ADDRESSED = "not_addressed"  #: it neither mentions the bot nor is a direct message
    SUBTYPE = "subtype"  #: no message of a person: a join, a canvas, a reminder …
    DELETED = "deleted"
    UNCHANGED = "unchanged"  #: a link was unfurled, a reply was counted …
    HIDDEN = "hidden"
    INCOMPLETE = "incomplete"  #: no channel, or no author
    HANDLED = "handled"  #: an earlier delivery of it, or an earlier edit, was answered


@dataclass(frozen=True, kw_only=True)
class Self:
    """The bot's own ids, where they are known."""

    user_id: str | None
    bot_id: str | None

    def has_written(self, message: Event) -> bool:
        """Return whether it is the bot's own message."""
        user_id, bot_id = message.get("user"), message.get("bot_id")
        return (user_id is not None and user_id == self.user_id) or (
            bot_id is not None and bot_id == self.bot_id
        )

    def is_mentioned(self, text: str) -> bool:
        """Return whether the bot is mentioned."""
        return bool(self.user_id and re.search(rf"<@{re.escape(self.user_id)}(?:\|[^<>]*)?>", text))


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """What the event is: a command, unless it must be sent again or is ignored."""

    message: Event  #: the message itself; inside of the event where that is about an edit
    resend: Resend | None = None
    ignored: Reason | None = None
    detail: str = ""  #: of the reason, for the log


def read_message(event: Event, ours: Self) -> Incoming:
    """Return what an `app_mention` or `message` event is to the bot."""
    if event.get("subtype") == CHANGED:
        return _read_change(event, ours)
    if event.get("subtype") == DELETED:
        return Incoming(message=event, ignored=Reason.DELETED)
    if (no := _why_not(event, event, ours)) is not None:
        return no
    ignored = None
    if event.get("type") != "app_mention" and event.get("channel_type") != "im":
        ignored = Reason.NOT_ADDRESSED
    elif event.get("hidden"):
        ignored = Reason.HIDDEN
    return Incoming(message=event, ignored=ignored, resend=None if ignored else _why_again(event))


def _read_change(event: Event, ours: Self) -> Incoming:
    message, before = object_in(event, "message"), object_in(event, "previous_message")
    if message.get("subtype") == "tombstone":
        return Incoming(message=message, ignored=Reason.DELETED)
    if (no := _why_not(message, event, ours)) is not None:
        return no
    text, old_text = string(message.get("text")), string(before.get("text"))
    is_edit = bool(message.get("edited")) and (not before or text != old_text)
    if not is_edit:
        return Incoming(message=message, ignored=Reason.UNCHANGED)
    is_new_mention = ours.is_mentioned(text) and not ours.is_mentioned(old_text)
    if event.get("channel_type") != "im" and not is_new_mention:
        return Incoming(message=message, ignored=Reason.NOT_ADDRESSED)
    return Incoming(message=message, resend=_why_again(message))


def _why_again(message: Event) -> Resend | None:
    """Return why a message of a person is not carried out, or None."""
    if any(message.get(name) for name in BY_APP):
        return Resend.BY_APP
    return Resend.EDITED if message.get("edited") else None


def _why_not(message: Event, event: Event, ours: Self) -> Incoming | None:
    """Return why no person has written it to be read, or None."""
    subtype, author, bot_id = (message.get(name) for name in ("subtype", "user", "bot_id"))
    reason, detail = None, ""
    if ours.has_written(message):
        reason = Reason.OWN
    elif author == SLACKBOT or subtype == "bot_message" or (bot_id and not author):
        reason, detail = Reason.BOT, str(bot_id or author or "")
    elif not isinstance(subtype, str | None) or subtype not in WRITTEN:
        reason, detail = Reason.SUBTYPE, str(subtype)
    elif not string(event.get("channel")) or not string(author):
        reason = Reason.INCOMPLETE
    return None if reason is None else Incoming(message=message, ignored=reason, detail=detail)
