"""auth.test, api.test, users.* and reactions.*."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from odps_bot.sandbox.slack.app import APP_ID, BOT_ID, BOT_USER_ID
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.residents import FOUNDED, Person
from odps_bot.sandbox.slack.web_api.arguments import Arguments
from odps_bot.sandbox.slack.web_api.rights import find_joined_channel
from odps_bot.sandbox.slack.workspace import Workspace


def echo(_workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """api.test: answer what was asked, or fail as asked."""
    if error := arguments.text("error"):
        raise SlackError(error, args=arguments.values)
    return {"ok": True, "args": arguments.values}


def identify(workspace: Workspace, _arguments: Arguments) -> Mapping[str, Any]:
    """auth.test: whose token this is."""
    return {
        "ok": True,
        "url": f"{workspace.base_url}/",
        "team": workspace.team.name,
        "user": workspace.bot.name,
        "team_id": workspace.team.id,
        "user_id": BOT_USER_ID,
        "bot_id": BOT_ID,
        "app_id": APP_ID,
        "app_name": workspace.app.display_name,
        "is_enterprise_install": False,
    }


def get_user(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """users.info: a person or the bot."""
    person = workspace.people.get(arguments.required("user"))
    if person is None:
        raise SlackError("user_not_found")
    return {"ok": True, "user": _as_user(workspace, person)}


def add_reaction(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """reactions.add: an emoji under a message."""
    channel = find_joined_channel(workspace, arguments.text("channel"))
    name = arguments.text("name").strip(":")
    if not name:
        raise SlackError("invalid_name")
    message = workspace.message(channel, arguments.required("timestamp"))
    reactions = {entry["name"]: entry["users"] for entry in message.get("reactions", [])}
    if BOT_USER_ID in reactions.get(name, []):
        raise SlackError("already_reacted")
    reactions[name] = [*reactions.get(name, []), BOT_USER_ID]
    listed = [
        {"name": emoji, "users": users, "count": len(users)} for emoji, users in reactions.items()
    ]
    workspace.edit(channel, message | {"reactions": listed})
    return {"ok": True}


def _as_user(workspace: Workspace, person: Person) -> dict[str, Any]:
    zone = ZoneInfo(person.tz)
    offset = datetime.now(UTC).astimezone(zone).utcoffset()
    return {
        "id": person.id,
        "team_id": workspace.team.id,
        "name": person.name,
        "deleted": False,
        "color": person.color.removeprefix("#"),
        "real_name": person.real_name,
        "tz": person.tz,
        "tz_label": person.tz,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": {
            "real_name": person.real_name,
            "real_name_normalized": person.real_name,
            "display_name": person.name,
            "display_name_normalized": person.name,
            "team": workspace.team.id,
        },
        "is_admin": False,
        "is_owner": False,
        "is_restricted": False,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": int(FOUNDED.timestamp()),
    }
