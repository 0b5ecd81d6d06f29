"""What the app can do where: scopes, membership, archived channels."""

from typing import Literal

from odps_bot.sandbox.slack.app import BOT_USER_ID, SlackApp
from odps_bot.sandbox.slack.entities import Channel
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.workspace import Workspace

_SCOPE_PREFIXES = {"public": "channels", "private": "groups", "im": "im"}


def require_scope(app: SlackApp, scope: str) -> None:
    """Raise SlackError `missing_scope` unless the manifest requests the scope."""
    if scope and scope not in app.scopes:
        raise SlackError("missing_scope", needed=scope, provided=",".join(app.scopes))


def require_channel_scope(
    app: SlackApp, channel: Channel, permission: Literal["read", "history"]
) -> None:
    """Raise SlackError `missing_scope` unless the app has the scope for this kind of channel."""
    require_scope(app, f"{_SCOPE_PREFIXES[channel.kind]}:{permission}")


def find_visible_channel(workspace: Workspace, reference: str) -> Channel:
    """Return a channel that the bot can see. Raises SlackError `channel_not_found`."""
    return workspace.channel_seen_by(BOT_USER_ID, reference)


def find_joined_channel(workspace: Workspace, reference: str) -> Channel:
    """Return a channel of which the bot is a member.

    Raises SlackError `not_in_channel`, or `channel_not_found` when the bot cannot see it.
    """
    channel = find_visible_channel(workspace, reference)
    if not channel.is_bot_member:
        raise SlackError("not_in_channel")
    return channel


def find_channel_to_post(workspace: Workspace, reference: str) -> Channel:
    """Return the channel for a message; a user id stands for the direct message with that person.

    Raises SlackError: `channel_not_found`, `not_in_channel`, `is_archived`,
    `messages_tab_disabled`.
    """
    if reference in workspace.people:
        channel = _open_direct_message(workspace, reference)
    else:
        channel = find_visible_channel(workspace, reference)
    if channel.kind == "im" and not workspace.app.has_messages_tab:
        raise SlackError("messages_tab_disabled")
    if channel.is_archived:
        raise SlackError("is_archived")
    if not channel.is_bot_member and "chat:write.public" not in workspace.app.scopes:
        raise SlackError("not_in_channel")
    return channel


def refuse_restricted(channel: Channel, *, in_thread: bool) -> None:
    """Raise SlackError `restricted_action_…` where the channel's settings let no app post."""
    match channel.posting:
        case "nowhere":
            raise SlackError("restricted_action_read_only_channel")
        case "threads" if not in_thread:
            raise SlackError("restricted_action_thread_only_channel")
        case "no_threads" if in_thread:
            raise SlackError("restricted_action_non_threadable_channel")


def _open_direct_message(workspace: Workspace, user_id: str) -> Channel:
    if workspace.people[user_id].is_deactivated:
        raise SlackError("channel_not_found")
    try:
        return workspace.direct_message(user_id)
    except SlackError:
        raise SlackError("channel_not_found") from None
