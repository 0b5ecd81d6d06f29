"""`/odps …`: the answer is the acknowledgement, within 3 seconds."""

from dataclasses import replace
from typing import Any

from slack_bolt import Ack, App, BoltContext

from odps_bot.commands import Answer, Request, find_command
from odps_bot.errors import CommandError
from odps_bot.listeners.actor import who_acts
from odps_bot.listeners.error_boundary import Asked, answer_or_explain
from odps_bot.listeners.respond import open_form
from odps_bot.messages import Form
from odps_bot.services import Services

SLASH_COMMAND = "/odps"


def register(app: App, services: Services) -> None:
    """Let `app` hear the slash command."""

    @app.command(SLASH_COMMAND)
    def hear(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        request = _request(body, context)
        answer = answer_or_explain(
            lambda: _answer(request, services), request, services, asked=_asked(request.text)
        )
        if isinstance(answer, Form):
            answer = open_form(answer, request, services)
        if answer is None:
            ack()
        else:
            ack(response_type="ephemeral", **answer.as_arguments())


def _request(body: dict[str, Any], context: BoltContext) -> Request:
    actor = who_acts(body, context)
    return Request(
        team_id=actor.team_id,
        channel_id=body["channel_id"],
        user_id=body["user_id"],
        trigger_id=body["trigger_id"],
        response_url=body["response_url"],
        text=body.get("text") or "",
        is_stranger=actor.is_stranger,
    )


def _asked(typed: str) -> Asked:
    try:
        command, rest = find_command(typed)
    except CommandError:
        return Asked(what="unknown", typed=typed)
    return Asked(what=command.name, typed=rest)


def _answer(request: Request, services: Services) -> Answer:
    command, rest = find_command(request.text)
    return command.answer(replace(request, text=rest), services)
