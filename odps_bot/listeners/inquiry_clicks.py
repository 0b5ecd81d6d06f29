"""Buttons of private answers about estimates, lists and instances: they carry no run's id."""

import re
from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App, BoltContext

from odps_bot.commands import Answer, Request, cost, logview, watch
from odps_bot.commands import list as list_command
from odps_bot.listeners.click_request import click_request
from odps_bot.listeners.error_boundary import Interaction, run_guarded
from odps_bot.listeners.respond import give
from odps_bot.messages.replies.estimates import RUN_ESTIMATED
from odps_bot.messages.replies.instances import SHOW_INSTANCE_LOGVIEW, WATCH_INSTANCE
from odps_bot.messages.replies.lists import SHOW_PAGE
from odps_bot.services import Services

#: Gets the button's value, which is checked there: it may be old, or somebody's invention.
Click = Callable[[str, Request, Services], Answer]

CLICKS: dict[str, Click] = {
    RUN_ESTIMATED: cost.run_estimated,
    SHOW_PAGE: list_command.show_page,
    SHOW_INSTANCE_LOGVIEW: logview.logview_of_instance,
    WATCH_INSTANCE: watch.watch_instance,
}


def register(app: App, services: Services) -> None:
    """Let `app` hear these buttons; what follows a colon in an action id tells them apart."""
    for action_id, click in CLICKS.items():
        hear = _listener(action_id, click, services)
        app.action(re.compile(rf"{action_id}(?::.*)?\Z"))(hear)


def _listener(action_id: str, click: Click, services: Services) -> Callable[..., None]:
    def hear(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        # The ack of a click shows nothing, so the answer takes the way of the outbox.
        request = click_request(body, context)
        value = str(body["actions"][0].get("value", ""))
        answer = run_guarded(
            lambda: click(value, request, services),
            request,
            services,
            asked=Interaction(what=action_id, about=value),
        )
        ack()
        give(answer, request, services)

    return hear
