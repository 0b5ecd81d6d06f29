"""Answer the person who asked, and nobody else, in the nearest way that Slack allows."""

import logging

from odps_bot.messages import Message
from odps_bot.outbox import Address, SlackRefusedError
from odps_bot.services import Services

log = logging.getLogger(__name__)

#: Slack refuses the message's blocks, not the place: a plainer form may do.
FORM_CODES = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"}
)


def answer_person(address: Address, message: Message, services: Services) -> None:
    """Answer by the response_url, else by a whisper where they are, else by a direct message.

    Raises SlackError when nothing could be said, or not now.
    """
    if address.response_url:
        try:
            _answer_by_url(address, message, services)
        except SlackRefusedError as error:
            log.info("a private answer takes another way: %s", error)
        else:
            return
    if address.channel_id:
        try:
            _whisper(address, message, services)
        except SlackRefusedError as error:
            log.info("a private answer becomes a direct message: %s", error)
        else:
            return
    label = {"kind": "answer"}
    services.slack.post(address.user_id, message.plain(), thread_ts=None, label=label)


def _answer_by_url(address: Address, message: Message, services: Services) -> None:
    try:
        services.slack.answer(address.response_url, message, replaces=address.replaces)
    except SlackRefusedError as error:
        if not (message.blocks and error.code in FORM_CODES):
            raise
        services.slack.answer(address.response_url, message.plain(), replaces=address.replaces)


def _whisper(address: Address, message: Message, services: Services) -> None:
    place = {"thread_ts": address.thread_ts}
    try:
        services.slack.whisper(address.channel_id, address.user_id, message, **place)
    except SlackRefusedError as error:
        if not (message.blocks and error.code in FORM_CODES):
            raise
        services.slack.whisper(address.channel_id, address.user_id, message.plain(), **place)
