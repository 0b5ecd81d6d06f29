"""`@odps …`, and direct messages: what is written to the bot is a command, in threads too.

What was edited, or posted through an app, is answered once per message, and never carried out.
"""

import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from redis.exceptions import RedisError
from slack_bolt import App, BoltContext, BoltResponse

from odps_bot.commands import Answer, Request, UnknownVerbError, command_in
from odps_bot.errors import CommandError
from odps_bot.input.request import Surface
from odps_bot.input.slack_message.files import files_of
from odps_bot.input.slack_message.pieces import mappings_in
from odps_bot.input.slack_message.written import Written, read_written
from odps_bot.listeners.actor import actor_of
from odps_bot.listeners.deliveries import AnsweredWithoutRedis
from odps_bot.listeners.error_boundary import Interaction, run_guarded
from odps_bot.listeners.events.ignored import ignore_message
from odps_bot.listeners.events.incoming_message import (
    Event,
    Incoming,
    Reason,
    Resend,
    Self,
    read_message,
)
from odps_bot.listeners.respond import respond
from odps_bot.messages.replies import greetings
from odps_bot.services import Services

log = logging.getLogger(__name__)

#: What is said to whoever wrote a message that is not carried out.
RESEND: Mapping[Resend, str] = MappingProxyType(
    {
        Resend.EDITED: (
            "I don't act on edited messages. This edit submitted and changed nothing."
            " Please send it again, as a new message."
        ),
        Resend.BY_APP: (
            "This message was posted through an app, so I didn't act on it. Nothing was submitted."
            " Please send it yourself."
        ),
    }
)


def register(app: App, services: Services) -> None:
    """Register the listener to what is written to the bot."""
    listener = _listener(services)
    app.event("app_mention")(listener)
    app.event("message")(listener)


def _listener(services: Services) -> Callable[..., BoltResponse | None]:
    answered = AnsweredWithoutRedis()

    def handle(body: dict[str, Any], context: BoltContext) -> BoltResponse | None:
        own_id = _own_id(body, context)
        incoming = read_message(body["event"], Self(user_id=own_id, bot_id=context.bot_id))
        if incoming.ignored is not None:
            ignore_message(body["event"], incoming.ignored, services, detail=incoming.detail)
            return None
        written = read_written(incoming.message, own_id=own_id).without_mentions(own_id)
        request = _request(body, context, incoming, written)
        act = partial(_act, incoming, written.text, request, services)
        if request.interaction_id in answered:
            ignore_message(body["event"], Reason.HANDLED, services)
            return None
        return _act_once(act, request, services, event=body["event"], answered=answered)

    return handle


def _act(incoming: Incoming, text: str, request: Request, services: Services) -> Answer:
    if incoming.resend is not None:
        interaction = Interaction(what=incoming.resend, typed=text)
        ask_again = partial(_ask_to_send_again, incoming.resend)
        return run_guarded(ask_again, request, services, interaction=interaction)
    return run_guarded(
        lambda: _answer(text, request, services),
        request,
        services,
        interaction=_interaction(text),
    )


def _ask_to_send_again(why: Resend) -> Answer:
    raise CommandError(RESEND[why])


def _act_once(
    act: Callable[[], Answer],
    request: Request,
    services: Services,
    *,
    event: Event,
    answered: AnsweredWithoutRedis,
) -> BoltResponse | None:
    """Act and answer, unless an earlier delivery of the event has; the actions are idempotent."""
    events = services.stores.deduplication
    try:
        if not events.begin(request.interaction_id):
            # The process that handles it may die, so only what is done is acknowledged.
            if not events.is_done(request.interaction_id):
                return _retry_later()
            ignore_message(event, Reason.HANDLED, services)
            return None
    except RedisError as error:
        log.warning("an event may be handled twice: %s", error)
        _act_without_redis(act, request, services, answered)
        return None
    try:
        respond(act(), request, services)
    except Exception:
        log.exception("handling an event failed")
        with contextlib.suppress(RedisError):
            events.release(request.interaction_id)
        return _retry_later()
    with contextlib.suppress(RedisError):
        events.finish(request.interaction_id)
    return None


def _act_without_redis(
    act: Callable[[], Answer],
    request: Request,
    services: Services,
    answered: AnsweredWithoutRedis,
) -> None:
    answered.add(request.interaction_id)
    try:
        respond(act(), request, services)
    except Exception:
        answered.discard(request.interaction_id)
        raise


def _retry_later() -> BoltResponse:
    """Return what makes Slack deliver the event again after a while."""
    return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)


def _own_id(body: dict[str, Any], context: BoltContext) -> str | None:
    """Return the bot's user id."""
    installed = [entry.get("user_id") for entry in mappings_in(body.get("authorizations"))]
    return context.bot_user_id or next(iter(installed), None)


def _interaction(text: str) -> Interaction:
    try:
        command, rest = command_in(text)
    except CommandError:
        return Interaction(what="unknown", typed=text)
    return Interaction(what=command.name, typed=rest)


def _answer(text: str, request: Request, services: Services) -> Answer:
    try:
        command, rest = command_in(text)
    except UnknownVerbError as error:
        if error.is_small_talk:
            return greetings.small_talk(in_channel=not request.channel_id.startswith("D"))
        raise
    return command.answer(replace(request, text=rest), services)


def _request(
    body: dict[str, Any],
    context: BoltContext,
    incoming: Incoming,
    written: Written | None = None,
) -> Request:
    event, message = body["event"], incoming.message
    actor = actor_of(body, context, user_team=message.get("user_team") or message.get("team"))
    thread_ts = message.get("thread_ts")
    own_files = tuple(mappings_in(message.get("files")))
    key = body["event_id"]
    if incoming.resend is not None:
        # Slack may tell of one edit by two events, and of each edit of a message.
        key = f"resend:{event['channel']}:{message.get('ts')}"
    return Request(
        team_id=actor.team_id,
        channel_id=event["channel"],
        user_id=message["user"],
        surface=Surface.MENTION,
        # A message that begins a thread is in the channel.
        thread_ts=thread_ts if thread_ts != message.get("ts") else None,
        is_external=actor.is_external,
        is_membership_unknown=actor.is_membership_unknown,
        written=written,
        files=own_files,
        forwarded_files=tuple(files_of(message))[len(own_files) :],
        app_id=str(body.get("api_app_id") or ""),
        deduplication_key=key,
    )
