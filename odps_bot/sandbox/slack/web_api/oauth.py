"""oauth.v2.access and apps.uninstall."""

from collections.abc import Mapping
from typing import Any

from odps_bot.sandbox.slack.app import APP_ID, BOT_USER_ID
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.web_api.arguments import Arguments
from odps_bot.sandbox.slack.workspace import Workspace


def access(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """oauth.v2.access: exchange a code for a token.

    https://docs.slack.dev/reference/methods/oauth.v2.access
    """
    _check_client(workspace, arguments)
    token, team, user_id = workspace.installations.redeem(arguments.text("code"))
    return {
        "ok": True,
        "access_token": token,
        "token_type": "bot",
        "scope": ",".join(workspace.app.scopes),
        "bot_user_id": BOT_USER_ID,
        "app_id": APP_ID,
        "team": {"id": team.id, "name": team.name},
        "enterprise": None,
        "is_enterprise_install": False,
        "authed_user": {"id": user_id},
    }


def uninstall(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """apps.uninstall: remove the app from the workspace of the token."""
    _check_client(workspace, arguments)
    if arguments.team == workspace.team:
        raise SlackError("not_allowed_token_type")
    workspace.installations.uninstall(arguments.team)
    return {"ok": True}


def _check_client(workspace: Workspace, arguments: Arguments) -> None:
    secret = arguments.text("client_secret")
    if not secret:
        raise SlackError("bad_client_secret")
    workspace.installations.check_client(arguments.text("client_id"), secret)
