"""Events that mean nothing to us: acknowledged, so that Slack does not repeat them."""

import logging
import re
from typing import Any

from slack_bolt import App

from odps_bot.services import Services

log = logging.getLogger(__name__)


def register(app: App, services: Services) -> None:
    """Let `app` acknowledge all events without a listener; to be registered last."""

    @app.event(re.compile(".*"))
    def handle(body: dict[str, Any]) -> None:
        kind = str(body["event"].get("type"))
        log.info("ignored an event of type %.60r: the app need not subscribe to it", kind)
        services.metrics.ignored(kind, "no_listener")
