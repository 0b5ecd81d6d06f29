"""Another app of the workspace, which posts on behalf of people who allowed it to."""

from typing import Any

from odps_bot.sandbox.slack.entities import Team

APP_ID = "A0OTHERAPP"
BOT_ID = "B0OTHERAPP"
NAME = "Notes"


def other_app_author(team: Team) -> dict[str, Any]:
    """Return the author fields besides `user` and `team`; such messages have no `client_msg_id`."""
    return {
        "bot_id": BOT_ID,
        "app_id": APP_ID,
        "bot_profile": {
            "id": BOT_ID,
            "app_id": APP_ID,
            "name": NAME,
            "icons": {},
            "deleted": False,
            "updated": 0,
            "team_id": team.id,
        },
    }
