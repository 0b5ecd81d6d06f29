"""The Slack app as `manifest.yml` describes it, made from the code it must fit."""

from typing import Any

from odps_bot.listeners.slash_command import SLASH_COMMAND

#: Why we need each scope; a test holds this against the calls that the code makes.
SCOPES = {
    "commands": "the slash command",
    "chat:write": "cards, replies and private answers",
    "channels:history": "find our own message again after a crash, in public channels",
    "groups:history": "… in private channels",
    "im:history": "… in direct messages",
    "mpim:history": "… in group messages",
}


def manifest() -> dict[str, Any]:
    """Return the manifest of the Slack app.

    Format: https://docs.slack.dev/reference/app-manifest
    """
    return {
        "display_information": {
            "name": "odps-bot",
            "description": "Run, follow and control MaxCompute jobs from Slack",
            "background_color": "#1a1d21",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "odps", "always_online": True},
            "slash_commands": [
                {
                    "command": SLASH_COMMAND,
                    "description": "Run and follow MaxCompute jobs",
                    "usage_hint": "run SQL | status | stop | logview [id] | watch INSTANCE | help",
                    "should_escape": False,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }
