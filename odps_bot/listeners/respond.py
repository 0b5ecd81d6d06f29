"""Send an answer to the person who acted, where the acknowledgement can't carry it."""

import logging

from redis.exceptions import RedisError

from odps_bot.commands import Answer, Request
from odps_bot.messages import Message, Modal
from odps_bot.messages.replies import ephemeral
from odps_bot.services import Services
from odps_bot.slack.api.calls import SlackError
from odps_bot.slack.fallbacks import send_first_accepted

log = logging.getLogger(__name__)

#: The trigger has expired, or Slack has a problem.
NO_MODAL = "Slack didn't open the form. Nothing was submitted. Try again."


def give(answer: Answer, request: Request, services: Services) -> None:
    """Enqueue the answer in the outbox, or open the modal; without Redis, send it directly."""
    if isinstance(answer, Modal):
        answer = open_modal(answer, request, services)
    if answer is not None:
        _give(answer, request, services)


def open_modal(form: Modal, request: Request, services: Services) -> Message | None:
    """Open the modal; return a message if that fails."""
    if not request.trigger_id:
        return ephemeral.problem(NO_MODAL)
    try:
        services.of_team(request.team_id).slack.views.open(request.trigger_id, form.view)
    except (SlackError, RedisError) as error:
        log.warning("cannot open a modal: %s", error)
        return ephemeral.problem(NO_MODAL)
    return None


def _give(message: Message, request: Request, services: Services) -> None:
    try:
        services.stores.ephemeral_replies.remember_address(request.interaction_id, request.address)
        services.stores.ephemeral_replies.give(request.interaction_id, message)
        services.jobs.deliver()
    except RedisError:
        _say_directly(message, request, services)


def _say_directly(message: Message, request: Request, services: Services) -> None:
    slack = services.slack.messages

    def say(form: Message) -> None:
        if request.response_url:
            slack.answer(request.response_url, form)
        elif request.channel_id:
            slack.post_ephemeral(
                request.channel_id, request.user_id, form, thread_ts=request.thread_ts
            )
        else:
            # The App Home has no other place for a message.
            slack.post(request.user_id, form, thread_ts=None, label={"kind": "answer"})

    try:
        send_first_accepted(say, [message])
    except SlackError as error:
        log.warning("cannot send an ephemeral message: %s", error)
