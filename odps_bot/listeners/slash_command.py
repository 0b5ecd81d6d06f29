"""`/odps …`: the answer is the acknowledgement, within 3 seconds."""

from typing import Any

from slack_bolt import Ack, App

from odps_bot.commands import Answer, Request, find_command
from odps_bot.listeners.boundary import answer_or_explain
from odps_bot.services import Services

SLASH_COMMAND = "/odps"


def register(app: App, services: Services) -> None:
    """Let `app` hear the slash command."""

    @app.command(SLASH_COMMAND)
    def hear(ack: Ack, body: dict[str, Any]) -> None:
        answer = answer_or_explain(lambda: _answer(body, services))
        if answer is None:
            ack()
        else:
            ack(response_type="ephemeral", **answer.as_arguments())


def _answer(body: dict[str, Any], services: Services) -> Answer:
    command, rest = find_command(body.get("text") or "")
    request = Request(
        team_id=body["team_id"],
        channel_id=body["channel_id"],
        user_id=body["user_id"],
        trigger_id=body["trigger_id"],
        response_url=body["response_url"],
        text=rest,
    )
    return command.answer(request, services)
