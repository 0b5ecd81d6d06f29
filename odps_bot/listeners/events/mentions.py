"""`@odps …`, and direct messages: what is written to the bot is a command, in threads too."""

import contextlib
import logging
import re
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from redis.exceptions import RedisError
from slack_bolt import App, BoltContext, BoltResponse

from odps_bot.commands import Answer, Request, UnknownVerbError, command_in
from odps_bot.errors import CommandError
from odps_bot.input.request import Surface
from odps_bot.input.slack_text import message_text
from odps_bot.input.sql_file import is_sql_file
from odps_bot.listeners.actor import actor_of
from odps_bot.listeners.error_boundary import Interaction, run_guarded
from odps_bot.listeners.respond import give
from odps_bot.messages.replies import greetings
from odps_bot.services import Services

log = logging.getLogger(__name__)

Event = dict[str, Any]


def register(app: App, services: Services) -> None:
    """Let `app` hear what is written to the bot."""
    hear = _listener(services)
    app.event("app_mention")(hear)
    app.event("message")(hear)


def _listener(services: Services) -> Callable[..., BoltResponse | None]:
    def hear(body: dict[str, Any], context: BoltContext) -> BoltResponse | None:
        event = body["event"]
        if not _is_said_to_us(event, context):
            return None
        request = _request(body, context)
        said = _said(event, _own_id(body, context))

        def act() -> Answer:
            return run_guarded(
                lambda: _answer(said, request, services), request, services, asked=_asked(said)
            )

        return _once(act, request, services)

    return hear


def _once(act: Callable[[], Answer], request: Request, services: Services) -> BoltResponse | None:
    """Act and answer, unless an earlier delivery of the event has; the actions are idempotent."""
    heard = services.stores.deduplication
    try:
        if not heard.begin(request.interaction_id):
            # The other process may die, so only an event that was handled is acknowledged.
            return None if heard.is_done(request.interaction_id) else _again()
    except RedisError as error:
        log.warning("an event may be handled twice: %s", error)
        give(act(), request, services)
        return None
    try:
        give(act(), request, services)
    except Exception:
        log.exception("handling an event failed")
        with contextlib.suppress(RedisError):
            heard.release(request.interaction_id)
        return _again()
    with contextlib.suppress(RedisError):
        heard.finish(request.interaction_id)
    return None


def _again() -> BoltResponse:
    """Return what makes Slack deliver the event again after a while."""
    return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)


def _is_said_to_us(event: Event, context: BoltContext) -> bool:
    """Return whether a person has just written this to the bot."""
    is_by_bot = event.get("bot_id") or event.get("user") in {None, context.bot_user_id}
    # A direct message with a file has a subtype, and is new all the same.
    is_other = event.get("subtype") not in {None, "", "file_share"}
    is_changed = is_other or event.get("edited") or event.get("hidden")
    is_for_us = event["type"] == "app_mention" or event.get("channel_type") == "im"
    return bool(is_for_us and not is_by_bot and not is_changed and event.get("channel"))


def _own_id(body: dict[str, Any], context: BoltContext) -> str | None:
    """Return the bot's user id."""
    installed = [entry.get("user_id") for entry in body.get("authorizations") or ()]
    return context.bot_user_id or next(iter(installed), None)


def _said(event: Event, own_id: str | None) -> str:
    """Return what is written to us, without our own mentions around it."""
    text = str(event.get("text") or "")
    ours = re.escape(own_id) if own_id else "[A-Z0-9]+"
    mention = rf"<@{ours}(?:\|[^<>]*)?>"
    text = re.sub(rf"\A(?:\s*+{mention}[\s,:]*+)++", "", text).rstrip()
    # One by one: a pattern of them all would take forever over many that are not at the end.
    end = len(text)
    for found in reversed(list(re.finditer(mention, text))):
        if found.end() != end:
            break
        end = len(text[: found.start()].rstrip())
    return message_text(text[:end])


def _asked(said: str) -> Interaction:
    try:
        command, rest = command_in(said)
    except CommandError:
        return Interaction(what="unknown", typed=said)
    return Interaction(what=command.name, typed=rest)


def _answer(said: str, request: Request, services: Services) -> Answer:
    try:
        command, rest = command_in(said)
    except UnknownVerbError as error:
        if error.is_small_talk:
            return greetings.small_talk(in_channel=not request.channel_id.startswith("D"))
        raise
    return command.answer(replace(request, text=rest), services)


def _request(body: dict[str, Any], context: BoltContext) -> Request:
    event = body["event"]
    actor = actor_of(body, context, user_team=event.get("user_team") or event.get("team"))
    return Request(
        team_id=actor.team_id,
        channel_id=event["channel"],
        user_id=event["user"],
        surface=Surface.MENTION,
        thread_ts=event.get("thread_ts"),
        is_external=actor.is_external,
        file=_sql_file(event),
        deduplication_key=body["event_id"],
    )


def _sql_file(event: Event) -> dict[str, Any] | None:
    """Return Slack's object of the first file beside the message that may hold SQL."""
    files = event.get("files")
    known = (file for file in (files if isinstance(files, list) else ()) if isinstance(file, dict))
    return next(filter(is_sql_file, known), None)
