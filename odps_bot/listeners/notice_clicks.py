"""Buttons of notices, which carry no run's id; Logview and Follow are those of any instance."""

from typing import Any

from slack_bolt import Ack, App, BoltContext

from odps_bot.interactions.silence_alert import mute
from odps_bot.listeners.click_request import click_request
from odps_bot.listeners.error_boundary import Interaction, run_guarded
from odps_bot.listeners.respond import give
from odps_bot.messages.alerts.alert import SILENCE_ALERT
from odps_bot.services import Services


def register(app: App, services: Services) -> None:
    """Let `app` hear the buttons."""

    @app.action(SILENCE_ALERT)
    def hear(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        # The ack of a click shows nothing, so the answer takes the way of the outbox.
        request = click_request(body, context)
        value = str(body["actions"][0].get("value", ""))
        answer = run_guarded(
            lambda: mute(value, request, services),
            request,
            services,
            asked=Interaction(what=SILENCE_ALERT, about=value),
        )
        ack()
        give(answer, request, services)
