"""The app is uninstalled from a workspace, or from an organization: its token is forgotten.

Nothing is posted there any more. Its runs are polled all the same: whoever installs the app again
sees how they ended.
https://docs.slack.dev/reference/events/app_uninstalled and …/tokens_revoked
"""

import logging
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from redis.exceptions import RedisError
from slack_bolt import App, BoltContext, BoltResponse

from odps_bot.services import Services
from odps_bot.slack.installations import Installations

log = logging.getLogger(__name__)


def register(app: App, services: Services) -> None:
    """Register both listeners, where workspaces install the app themselves."""
    installations = services.slack.installations
    if installations is None:
        return

    @app.event("app_uninstalled")
    def handle_uninstalled(body: dict[str, Any], context: BoltContext) -> BoltResponse | None:
        return _forget(body, context, installations)

    @app.event("tokens_revoked")
    def handle_revoked(body: dict[str, Any], context: BoltContext) -> BoltResponse | None:
        if (body["event"].get("tokens") or {}).get("bot"):
            return _forget(body, context, installations)
        return None


def _forget(
    body: dict[str, Any], context: BoltContext, installations: Installations
) -> BoltResponse | None:
    owner = _owner(context)
    at = datetime.fromtimestamp(body["event_time"], UTC)
    try:
        if owner and installations.uninstalled(owner, at=at):
            log.warning("The app was uninstalled from %s: nothing more is posted there", owner)
    except RedisError as error:
        log.warning("an uninstallation is handled later: %s", error)
        # Slack delivers the event again after a while.
        return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
    return None


def _owner(context: BoltContext) -> str | None:
    """Return what the event is about: where it names no workspace, it is the organization."""
    team_id = context.team_id
    is_organization = context.is_enterprise_install or not team_id or team_id.startswith("E")
    return (context.enterprise_id or team_id) if is_organization else team_id
