"""auth.test, api.test, users.info, usergroups.* and reactions.*."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from odps_bot.sandbox.slack.app import APP_ID, BOT_ID, BOT_USER_ID
from odps_bot.sandbox.slack.entities import Person, UserGroup
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.fixtures import CREATED_AT, PEOPLE
from odps_bot.sandbox.slack.web_api.arguments import Arguments
from odps_bot.sandbox.slack.web_api.permissions import find_joined_channel
from odps_bot.sandbox.slack.workspace import Workspace


def echo(_workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """api.test: return the arguments, or the requested error."""
    if error := arguments.text("error"):
        raise SlackError(error, args=arguments.values)
    return {"ok": True, "args": arguments.values}


def identify(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """auth.test: the identity of the token."""
    return {
        "ok": True,
        "url": f"{workspace.base_url}/",
        "team": arguments.team.name,
        "user": workspace.bot.name,
        "team_id": arguments.team.id,
        "user_id": BOT_USER_ID,
        "bot_id": BOT_ID,
        "app_id": APP_ID,
        "app_name": workspace.app.display_name,
        "is_enterprise_install": False,
        **({"enterprise_id": workspace.organization.id} if workspace.organization else {}),
    }


def get_user(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """users.info: a person or the bot."""
    person = workspace.people.get(arguments.required("user"))
    if person is None:
        raise SlackError("user_not_found")
    return {"ok": True, "user": _as_user(person)}


def list_groups(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """usergroups.list: the user groups."""
    with_users = arguments.flag("include_users")
    return {
        "ok": True,
        "usergroups": [
            _as_group(workspace, group, with_users=with_users)
            for group in workspace.user_groups.values()
        ],
    }


def list_group_members(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """usergroups.users.list: the members of a user group. Raises `no_such_subteam`."""
    group = workspace.user_groups.get(arguments.required("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"ok": True, "users": list(group.users)}


def add_reaction(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """reactions.add: add an emoji to a message."""
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


def _as_user(person: Person) -> dict[str, Any]:
    zone = ZoneInfo(person.tz)
    offset = datetime.now(UTC).astimezone(zone).utcoffset()
    head = {
        "id": person.id,
        "team_id": person.team.id,
        "name": person.name,
        "deleted": person.is_deactivated,
    }
    if person.is_deactivated:  # Slack returns little more for people who have left
        return head | {"is_bot": False, "profile": _profile(person)}
    return (
        head
        | {
            "color": person.color.removeprefix("#"),
            "real_name": person.real_name,
            "tz": person.tz,
            "tz_label": person.tz,
            "tz_offset": int(offset.total_seconds()) if offset else 0,
            "profile": _profile(person),
            "is_admin": False,
            "is_owner": False,
            "is_restricted": person.is_guest,
            "is_ultra_restricted": False,
            "is_bot": person.is_bot,
            "is_app_user": False,
            "updated": int(CREATED_AT.timestamp()),
        }
        | ({"is_stranger": False} if person.is_external else {})
    )


def _profile(person: Person) -> dict[str, Any]:
    return {
        "real_name": person.real_name,
        "real_name_normalized": person.real_name,
        "display_name": person.name,
        "display_name_normalized": person.name,
        "team": person.team.id,
    }


def _as_group(workspace: Workspace, group: UserGroup, *, with_users: bool) -> dict[str, Any]:
    founded, creator = int(CREATED_AT.timestamp()), PEOPLE[0].id
    described = {
        "id": group.id,
        "team_id": workspace.team.id,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "description": "",
        "is_external": False,
        "date_create": founded,
        "date_update": founded,
        "date_delete": 0,
        "auto_type": None,
        "created_by": creator,
        "updated_by": creator,
        "deleted_by": None,
        "user_count": len(group.users),
    }
    return described | ({"users": list(group.users)} if with_users else {})
