"""`@odps …`, and direct messages: what is written to the bot is a command, in threads too."""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
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
from odps_bot.listeners.error_boundary import Interaction, run_guarded
from odps_bot.listeners.respond import respond
from odps_bot.messages.replies import greetings
from odps_bot.services import Services

log = logging.getLogger(__name__)

Event = dict[str, Any]


def register(app: App, services: Services) -> None:
    """Register the listener to what is written to the bot."""
    listener = _listener(services)
    app.event("app_mention")(listener)
    app.event("message")(listener)


def _listener(services: Services) -> Callable[..., BoltResponse | None]:
    def handle(body: dict[str, Any], context: BoltContext) -> BoltResponse | None:
        event = body["event"]
        if not _is_to_us(event, context):
            return None
        own_id = _own_id(body, context)
        written = read_written(event, own_id=own_id).without_mentions(own_id)
        request, text = _request(body, context, written), written.text

        def act() -> Answer:
            return run_guarded(
                lambda: _answer(text, request, services),
                request,
                services,
                interaction=_interaction(text),
            )

        return _act_once(act, request, services)

    return handle


def _act_once(
    act: Callable[[], Answer], request: Request, services: Services
) -> BoltResponse | None:
    """Act and answer, unless an earlier delivery of the event has; the actions are idempotent."""
    events = services.stores.deduplication
    try:
        if not events.begin(request.interaction_id):
            # The process that handles it may die, so only what is done is acknowledged.
            return None if events.is_done(request.interaction_id) else _retry_later()
    except RedisError as error:
        log.warning("an event may be handled twice: %s", error)
        respond(act(), request, services)
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


def _retry_later() -> BoltResponse:
    """Return what makes Slack deliver the event again after a while."""
    return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)


def _is_to_us(event: Event, context: BoltContext) -> bool:
    """Return whether a person has just written this to the bot."""
    is_by_bot = event.get("bot_id") or event.get("user") in {None, context.bot_user_id}
    # A direct message with a file has a subtype, and is new all the same.
    is_other = event.get("subtype") not in {None, "", "file_share"}
    is_changed = is_other or event.get("edited") or event.get("hidden")
    is_for_us = event["type"] == "app_mention" or event.get("channel_type") == "im"
    return bool(is_for_us and not is_by_bot and not is_changed and event.get("channel"))


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


def _request(body: dict[str, Any], context: BoltContext, written: Written | None = None) -> Request:
    event = body["event"]
    actor = actor_of(body, context, user_team=event.get("user_team") or event.get("team"))
    return Request(
        team_id=actor.team_id,
        channel_id=event["channel"],
        user_id=event["user"],
        surface=Surface.MENTION,
        thread_ts=event.get("thread_ts"),
        is_external=actor.is_external,
        written=written,
        files=tuple(files_of(event)),
        deduplication_key=body["event_id"],
    )
