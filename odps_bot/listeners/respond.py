"""Respond to the person who acted, where the acknowledgement shows nothing."""

import logging
from contextlib import suppress

import msgspec
from redis.exceptions import RedisError

from odps_bot.commands import Answer, Request
from odps_bot.messages import Message, Modal
from odps_bot.messages.replies import ephemeral
from odps_bot.services import Services
from odps_bot.slack.errors import SlackError

log = logging.getLogger(__name__)

#: Slack's word for a trigger that was used before.
TRIGGER_USED = "exchanged_trigger_id"

#: The trigger has expired, or Slack has a problem.
NO_MODAL = "Slack didn't open the form. Nothing was submitted. Try again."


def respond(answer: Answer, request: Request, services: Services) -> None:
    """Enqueue the answer as an ephemeral message, or open the modal.

    With Redis gone it is sent at once.
    """
    if isinstance(answer, Modal):
        answer = open_modal(answer, request, services)
    if answer is not None:
        _enqueue(answer, request, services)


def open_modal(modal: Modal, request: Request, services: Services) -> Message | None:
    """Open the modal; return a message where that fails."""
    if not request.trigger_id:
        return ephemeral.problem(NO_MODAL)
    try:
        gateway = services.of_team(request.team_id).slack.gateway
        gateway.open_modal(request.trigger_id, modal, is_pushed=request.is_in_modal)
    except (SlackError, RedisError) as error:
        if isinstance(error, SlackError) and error.code == TRIGGER_USED:
            # An earlier delivery of the same request has opened it.
            return None
        log.warning("a modal was not opened: %s", error)
        return ephemeral.problem(NO_MODAL)
    return None


def _enqueue(message: Message, request: Request, services: Services) -> None:
    try:
        services.stores.ephemeral_replies.remember_address(request.interaction_id, request.address)
        services.stores.ephemeral_replies.give(request.interaction_id, message)
    except RedisError:
        _reply_without_redis(message, request, services)
        return
    # What is in the outbox is delivered without this job too, but later: by the reconciler.
    with suppress(RedisError):
        services.jobs.deliver()


def _reply_without_redis(message: Message, request: Request, services: Services) -> None:
    # The question stays, with its buttons: whoever answered it has to do it again.
    address = msgspec.structs.replace(request.address, replaces=False)
    slack, gateway = services.slack, services.slack.gateway
    if slack.installations is not None:
        # The token is in Redis: only a response_url needs none.
        gateway = slack.refuse("service_unavailable", request.team_id)
    try:
        gateway.reply_ephemeral(address, [message], is_redis_there=False)
    except SlackError as error:
        log.warning("a response was not sent: %s", error)
