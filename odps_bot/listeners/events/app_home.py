"""The App Home is opened; a worker publishes it. What people do in it is an action."""

import logging
from http import HTTPStatus
from typing import Any

from redis.exceptions import RedisError
from slack_bolt import App, BoltContext, BoltResponse

from odps_bot.interactions.refresh_home import publish_home
from odps_bot.listeners.actor import actor_of
from odps_bot.services import Services

log = logging.getLogger(__name__)


def register(app: App, services: Services) -> None:
    """Register the listener to App Homes that are opened."""

    @app.event("app_home_opened")
    def handle(body: dict[str, Any], context: BoltContext) -> BoltResponse | None:
        actor, user_id = actor_of(body, context), body["event"]["user"]
        # People of other workspaces have no role unless they are named.
        is_unknown = actor.is_external and user_id not in services.rules.users
        if body["event"].get("tab") != "home":
            return None
        if is_unknown:
            log.info("ignored app_home_opened: it was opened by an external person")
            services.metrics.ignored("app_home_opened", "external")
            return None
        try:
            services.stores.homes.open(actor.team_id, user_id, now=services.clock())
            publish_home(actor.team_id, user_id, services)
        except RedisError as error:
            log.warning("cannot publish the App Home: %s", error)
            # Slack delivers the event again later.
            return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
        return None
