"""Shortcuts: from anywhere, or from the menu of a message with SQL."""

from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App, BoltContext

from odps_bot.commands import Answer, Request
from odps_bot.input.request import Surface
from odps_bot.input.run_options import RunOptions
from odps_bot.input.slack_message.pieces import object_in
from odps_bot.interactions.open_run_modal import run_modal_view
from odps_bot.interactions.run_message import modal_of_message
from odps_bot.listeners.actor import actor_of
from odps_bot.listeners.deliveries import delivered
from odps_bot.listeners.error_boundary import Interaction, run_guarded
from odps_bot.listeners.respond import respond
from odps_bot.services import Services

RUN_SQL = "run_sql"
RUN_MESSAGE_AS_SQL = "run_message_as_sql"

Shortcut = Callable[[Request, dict[str, Any], BoltContext, Services], Answer]


def register(app: App, services: Services) -> None:
    """Register a listener to each shortcut."""
    app.global_shortcut(RUN_SQL)(_listener(RUN_SQL, _open_modal, services))
    app.message_shortcut(RUN_MESSAGE_AS_SQL)(
        _listener(RUN_MESSAGE_AS_SQL, _open_modal_of_message, services)
    )


def _listener(name: str, shortcut: Shortcut, services: Services) -> Callable[..., None]:
    def handle(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        request = _request(body, context)
        with delivered(request.interaction_id, services) as delivery:
            if not delivery.is_repeated:
                # The modal is opened while the trigger lives; the acknowledgement shows nothing.
                answer = run_guarded(
                    lambda: shortcut(request, body, context, services),
                    request,
                    services,
                    interaction=Interaction(what=name),
                )
                respond(answer, request, services)
            ack()

    return handle


def _open_modal(
    request: Request, _body: dict[str, Any], _context: BoltContext, services: Services
) -> Answer:
    return run_modal_view(request, services, options=RunOptions(sql=""))


def _open_modal_of_message(
    request: Request, body: dict[str, Any], context: BoltContext, services: Services
) -> Answer:
    message = object_in(body, "message")
    return modal_of_message(message, request, services, own_id=context.bot_user_id)


def _request(body: dict[str, Any], context: BoltContext) -> Request:
    """Return who acts where; a shortcut of a reply is one in its thread."""
    actor = actor_of(body, context)
    message = object_in(body, "message")
    thread_ts = message.get("thread_ts")
    return Request(
        team_id=actor.team_id,
        channel_id=object_in(body, "channel").get("id") or "",
        user_id=body["user"]["id"],
        trigger_id=body["trigger_id"],
        response_url=body.get("response_url") or "",
        surface=Surface.SHORTCUT,
        thread_ts=thread_ts if thread_ts != message.get("ts") else None,
        is_external=actor.is_external,
        is_membership_unknown=actor.is_membership_unknown,
    )
