"""`/odps …`: the answer is the acknowledgement, within 3 seconds."""

from dataclasses import replace
from typing import Any

from slack_bolt import Ack, App, BoltContext

from odps_bot.commands import Answer, Request, find_command
from odps_bot.errors import CommandError
from odps_bot.listeners.actor import actor_of
from odps_bot.listeners.error_boundary import Interaction, run_guarded
from odps_bot.listeners.respond import open_modal
from odps_bot.messages import Modal
from odps_bot.services import Services

SLASH_COMMAND = "/odps"


def register(app: App, services: Services) -> None:
    """Register the listener to the slash command."""

    @app.command(SLASH_COMMAND)
    def handle(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        request = _request(body, context)
        answer = run_guarded(
            lambda: _answer(request, services),
            request,
            services,
            interaction=_interaction(request.text),
        )
        if isinstance(answer, Modal):
            answer = open_modal(answer, request, services)
        if answer is None:
            ack()
        else:
            ack(response_type="ephemeral", **answer.as_arguments())


def _request(body: dict[str, Any], context: BoltContext) -> Request:
    actor = actor_of(body, context)
    return Request(
        team_id=actor.team_id,
        channel_id=body["channel_id"],
        user_id=body["user_id"],
        trigger_id=body["trigger_id"],
        response_url=body.get("response_url") or "",
        text=body.get("text") or "",
        is_external=actor.is_external,
        is_membership_unknown=actor.is_membership_unknown,
        app_id=str(body.get("api_app_id") or ""),
    )


def _interaction(typed: str) -> Interaction:
    try:
        command, rest = find_command(typed)
    except CommandError:
        return Interaction(what="unknown", typed=typed)
    return Interaction(what=command.name, typed=rest)


def _answer(request: Request, services: Services) -> Answer:
    command, rest = find_command(request.text)
    return command.answer(replace(request, text=rest), services)
