"""Slack holds events back, because the app has been sent too many.

https://docs.slack.dev/apis/events-api/#rate-limiting
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from slack_bolt import App, BoltResponse

from odps_bot.services import Services

log = logging.getLogger(__name__)

APP_RATE_LIMITED = "app_rate_limited"


def register(app: App, services: Services) -> None:
    """Register what hears of it: it is no event inside of an envelope, as all others are."""

    @app.middleware
    def handle(
        body: dict[str, Any],
        next: Callable[[], BoltResponse],  # noqa: A002  -- Bolt's name
    ) -> BoltResponse:
        if body.get("type") != APP_RATE_LIMITED:
            return next()
        log.error(
            "Slack held back events of %s in the minute of %s: it delivers 30,000 an hour. Mentions"
            " and direct messages were lost; commands and clicks were not. Unsubscribe the app from"
            " events that are not in manifest.yml",
            repr(body.get("team_id"))[:40],
            _minute(body.get("minute_rate_limited")),
        )
        services.metrics.events_held_back()
        return BoltResponse(status=200)


def _minute(value: Any) -> str:
    """Return a minute that Slack names in seconds since 1970."""
    try:
        return f"{datetime.fromtimestamp(int(value), UTC):%Y-%m-%d %H:%M} UTC"
    except (TypeError, ValueError, OverflowError, OSError):
        return "an unknown time"
