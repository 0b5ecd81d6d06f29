"""The Slack app as `manifest.yml` describes it, made from the code it must fit."""

from typing import Any

from odps_bot.listeners.commands import SLASH_COMMAND
from odps_bot.listeners.shortcuts import RUN_MESSAGE_AS_SQL, RUN_SQL

#: Why we need each scope; a test holds this against the calls that the code makes.
SCOPES = {
    "commands": "the slash command and the shortcuts",
    "chat:write": "cards, replies and ephemeral messages",
    "app_mentions:read": "receive `@odps …`, also in threads",
    "files:read": "read a SQL file from the form or from a message",
    "files:write": "post results as files and charts in the thread",
    "channels:history": "find the bot's own messages after a crash, in public channels",
    "groups:history": "… in private channels",
    "im:history": "… in direct messages, and receive what is written there",
    "im:write": "open a direct message, to ask there or to look for them in it",
    "mpim:history": "… in group messages",
    "usergroups:read": "members of the user groups that have a role in odps-bot.toml",
}

#: The events that the app subscribes to.
EVENTS = {
    "app_mention": "`@odps …`",
    "message.im": "direct messages",
    "app_home_opened": "the Home tab",
}

USAGE_HINT = (
    "run [SQL] · cost SQL · status [ID] · why [ID] · list · board · stop [ID / mine / channel]"
    " · result [ID] · history [ID] · rerun [ID] · edit [ID] · logview [ID] · watch ID · xflow [ID]"
    " · subscribe P · unsubscribe P · subscriptions · approve ID · reject ID WHY · approvals"
    " · usage · lock P WHY · unlock P · help [COMMAND]"
)


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
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "odps", "always_online": True},
            "shortcuts": [
                {
                    "name": "Run MaxCompute SQL",
                    "type": "global",
                    "callback_id": RUN_SQL,
                    "description": "Write SQL, choose its options, and follow it in a channel",
                },
                {
                    "name": "Run as MaxCompute SQL",
                    "type": "message",
                    "callback_id": RUN_MESSAGE_AS_SQL,
                    "description": "Run the SQL in this message",
                },
            ],
            "slash_commands": [
                {
                    "command": SLASH_COMMAND,
                    "description": "Run and follow MaxCompute jobs",
                    "usage_hint": USAGE_HINT,
                    "should_escape": False,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }
