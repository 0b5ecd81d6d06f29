"""conversations.*: channels, their members and messages."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from odps_bot.sandbox.slack.app import BOT_USER_ID
from odps_bot.sandbox.slack.entities import Channel
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.fixtures import CREATED_AT, PEOPLE
from odps_bot.sandbox.slack.message_log import Message, is_reply
from odps_bot.sandbox.slack.web_api.arguments import Arguments
from odps_bot.sandbox.slack.web_api.chat import as_api_message
from odps_bot.sandbox.slack.web_api.permissions import (
    find_joined_channel,
    find_visible_channel,
    require_channel_scope,
    require_scope,
)
from odps_bot.sandbox.slack.workspace import Workspace

MAX_PAGE_SIZE = 999
_BOUND = re.compile(r"\d{1,12}(\.\d{1,6})?")
_Item = TypeVar("_Item")
#: Our kind of channel and the prefix of its scopes, by Slack's name of the kind.
_KINDS = {
    "public_channel": ("public", "channels"),
    "private_channel": ("private", "groups"),
    "im": ("im", "im"),
    "mpim": ("mpim", "mpim"),
}


def info(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """conversations.info: a channel."""
    channel = find_visible_channel(workspace, arguments.text("channel"))
    require_channel_scope(workspace.app, channel, "read")
    response = _as_conversation(workspace, channel)
    if arguments.flag("include_num_members"):
        response["num_members"] = len(channel.members)
    return {"ok": True, "channel": response}


def history(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """conversations.history: the root messages of a channel, newest first."""
    channel = _find_readable(workspace, arguments)
    messages = [
        message
        for message in _shared_messages(channel)
        if (not is_reply(message) or message.get("subtype") == "thread_broadcast")
        and _is_within(message, arguments)
    ]
    newest_first = list(reversed(messages))
    return _page_of_messages(workspace, newest_first, arguments, default_limit=100)


def replies(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """conversations.replies: a thread, parent first, then the oldest. Raises `thread_not_found`."""
    channel = _find_readable(workspace, arguments)
    ts = arguments.required("ts")
    message = channel.log.find(ts)
    if message is None or message.get("is_ephemeral"):
        raise SlackError("thread_not_found")
    parent_ts = message.get("thread_ts", ts)
    thread = [
        entry
        for entry in _shared_messages(channel)
        if entry["ts"] == parent_ts
        or (entry.get("thread_ts") == parent_ts and _is_within(entry, arguments))
    ]
    return _page_of_messages(workspace, thread, arguments, default_limit=1_000)


def open_(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """conversations.open: the bot's direct message with a person."""
    require_scope(workspace.app, "im:write")
    users = [user for user in arguments.text("users").split(",") if user]
    if reference := arguments.text("channel"):
        channel = find_visible_channel(workspace, reference)
    elif len(users) == 1:
        channel = _open_direct_message(workspace, users[0])
    else:
        raise SlackError("users_list_not_supplied" if not users else "method_not_supported")
    response = {"id": channel.id}
    if arguments.flag("return_im"):
        response = _as_conversation(workspace, channel)
    return {"ok": True, "no_op": True, "already_open": True, "channel": response}


def of_member(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """users.conversations: the channels of the bot or a person, as far as the bot sees them.

    https://docs.slack.dev/reference/methods/users.conversations
    """
    user_id = arguments.text("user") or BOT_USER_ID
    if user_id not in workspace.people:
        raise SlackError("user_not_found")
    kinds = [kind.strip() for kind in (arguments.text("types") or "public_channel").split(",")]
    if not _KINDS.keys() >= set(kinds):
        raise SlackError("invalid_types")
    for kind in kinds:
        require_scope(workspace.app, f"{_KINDS[kind][1]}:read")
    wanted = {_KINDS[kind][0] for kind in kinds}
    without_archived = arguments.flag("exclude_archived")
    found = [
        _as_conversation(workspace, channel)
        for channel in workspace.channels.values()
        if channel.kind in wanted
        and user_id in channel.members
        and channel.is_open_to(workspace.bot)
        and not (without_archived and channel.is_archived)
    ]
    page, cursor = _page(found, arguments, default_limit=100)
    return {"ok": True, "channels": page, "response_metadata": {"next_cursor": cursor}}


def members(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """conversations.members: the members of a channel."""
    channel = find_visible_channel(workspace, arguments.text("channel"))
    require_channel_scope(workspace.app, channel, "read")
    page, cursor = _page(channel.members, arguments, default_limit=100)
    return {"ok": True, "members": page, "response_metadata": {"next_cursor": cursor}}


def join(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """conversations.join: add the bot to a public channel."""
    require_scope(workspace.app, "channels:join")
    channel = find_visible_channel(workspace, arguments.text("channel"))
    if channel.kind != "public":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    response: dict[str, Any] = {"ok": True}
    if channel.is_bot_member:
        response["warning"] = "already_in_channel"
        response["response_metadata"] = {"warnings": ["already_in_channel"]}
    workspace.join(channel, BOT_USER_ID)
    return response | {"channel": _as_conversation(workspace, channel)}


def _open_direct_message(workspace: Workspace, user_id: str) -> Channel:
    person = workspace.people.get(user_id)
    if person is None:
        raise SlackError("user_not_found")
    if person.is_deactivated:
        raise SlackError("user_disabled")
    return workspace.direct_message(person.id)


def _find_readable(workspace: Workspace, arguments: Arguments) -> Channel:
    channel = find_visible_channel(workspace, arguments.text("channel"))
    require_channel_scope(workspace.app, channel, "history")
    return find_joined_channel(workspace, channel.id)


def _shared_messages(channel: Channel) -> list[Message]:
    return [message for message in channel.log if not message.get("is_ephemeral")]


def _is_within(message: Message, arguments: Arguments) -> bool:
    instant, is_inclusive = Decimal(message["ts"]), arguments.flag("inclusive")
    oldest, latest = (_read_bound(arguments, name) for name in ("oldest", "latest"))
    if is_inclusive and instant in {oldest, latest}:
        return True
    return (oldest is None or instant > oldest) and (latest is None or instant < latest)


def _read_bound(arguments: Arguments, name: str) -> Decimal | None:
    text = arguments.text(name)
    if text and not _BOUND.fullmatch(text):
        raise SlackError(f"invalid_ts_{name}")
    return Decimal(text) if text else None


def _page_of_messages(
    workspace: Workspace, messages: Sequence[Message], arguments: Arguments, *, default_limit: int
) -> Mapping[str, Any]:
    most = workspace.most_messages
    page, cursor = _page(messages, arguments, default_limit=default_limit, most=most)
    with_metadata = arguments.flag("include_all_metadata")
    response: dict[str, Any] = {
        "ok": True,
        "messages": [as_api_message(message, with_metadata=with_metadata) for message in page],
        "has_more": bool(cursor),
    }
    return response | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})


def _page(
    items: Sequence[_Item], arguments: Arguments, *, default_limit: int, most: int | None = None
) -> tuple[list[_Item], str]:
    limit = arguments.number("limit", default=default_limit) or default_limit
    if not 0 < limit <= max(MAX_PAGE_SIZE, default_limit):
        raise SlackError("invalid_limit")
    limit = min(limit, most or limit)
    start = _read_cursor(arguments.text("cursor"))
    end = start + limit
    cursor = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return list(items[start:end]), cursor


def _read_cursor(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except (binascii.Error, ValueError):
        raise SlackError("invalid_cursor") from None


def _as_conversation(workspace: Workspace, channel: Channel) -> dict[str, Any]:
    founded = int(CREATED_AT.timestamp())
    head: dict[str, Any] = {
        "id": channel.id,
        "created": founded,
        "is_archived": channel.is_archived,
        "is_im": channel.kind == "im",
        "is_org_shared": False,
        "context_team_id": workspace.team.id,
        "updated": founded * 1_000,
    }
    if channel.kind == "im":
        partner = next(member for member in channel.members if member != BOT_USER_ID)
        is_deleted = workspace.people[partner].is_deactivated
        user_fields = {"is_user_deleted": is_deleted, "is_open": not is_deleted, "priority": 0}
        return head | {"user": partner, **user_fields}
    creator = PEOPLE[0].id
    return head | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_mpim": False,
        "is_private": channel.kind == "private",
        "is_member": channel.is_bot_member,
        "is_general": False,
        "is_shared": channel.is_shared,
        "is_ext_shared": channel.is_shared,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "shared_team_ids": [workspace.team.id, *(team.id for team in channel.connected_teams)],
        "connected_team_ids": [team.id for team in channel.connected_teams],
        "conversation_host_id": workspace.team.id,
        "creator": creator,
        "topic": {"value": channel.topic, "creator": creator, "last_set": founded},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
    }
