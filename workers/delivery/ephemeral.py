"""Answer the person who asked, and nobody else, in the nearest way that Slack allows."""

import logging
from collections.abc import Callable, Iterator, Sequence

from odps_bot.messages import Message
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.services import Services
from odps_bot.slack.api.calls import SlackRefusedError
from odps_bot.slack.fallbacks import send_first_accepted

log = logging.getLogger(__name__)


def answer_person(
    address: Address, message: Message, services: Services, *, plainer: Sequence[Message] = ()
) -> None:
    """Answer by the response_url, else by a whisper where they are, else by a direct message.

    `plainer` forms serve, in turn, where Slack refuses the blocks of those before.
    Raises SlackError when nothing could be said, or not now.
    """
    forms = (message, *plainer)
    for say in _ways(address, services):
        try:
            send_first_accepted(say, forms)
        except SlackRefusedError as error:
            log.info("cannot use the response_url, trying another way: %s", error)
        else:
            return
    label = {"kind": "answer"}
    services.slack.messages.post(address.user_id, forms[-1].plain(), thread_ts=None, label=label)


def _ways(address: Address, services: Services) -> Iterator[Callable[[Message], None]]:
    slack = services.slack.messages
    if address.response_url:
        yield lambda form: slack.answer(address.response_url, form, replaces=address.replaces)
    if address.channel_id:
        yield lambda form: slack.post_ephemeral(
            address.channel_id, address.user_id, form, thread_ts=address.thread_ts
        )
