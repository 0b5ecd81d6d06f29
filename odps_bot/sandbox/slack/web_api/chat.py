"""chat.*: posting, updating and deleting messages."""

from collections.abc import Mapping
from typing import Any

from odps_bot.sandbox.slack.app import BOT_ID
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.message_log import Message
from odps_bot.sandbox.slack.texts import MAX_TEXT_LENGTH, split_text
from odps_bot.sandbox.slack.web_api.arguments import Arguments
from odps_bot.sandbox.slack.web_api.content import (
    NO_FALLBACK_TEXT,
    read_attachments,
    read_blocks,
    read_content,
    read_metadata,
    refuse_long_blocks,
    refuse_second_table,
)
from odps_bot.sandbox.slack.web_api.permissions import (
    find_channel_to_post,
    find_joined_channel,
    find_visible_channel,
    refuse_restricted,
)
from odps_bot.sandbox.slack.workspace import Workspace

MAX_UPDATE_LENGTH = 4_000
_INTERNAL = frozenset({"channel", "is_ephemeral", "visible_to", "metadata", "is_frozen"})


def post_message(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """chat.postMessage: post in a channel, thread or direct message."""
    channel = find_channel_to_post(workspace, arguments.text("channel"))
    content = read_content(arguments)
    refuse_restricted(channel, in_thread="thread_ts" in content)
    refuse_long_blocks(content)
    if "thread_ts" in content and arguments.flag("reply_broadcast"):
        content["subtype"] = "thread_broadcast"
    texts = [content["text"]] if "blocks" in content else split_text(content["text"])
    author = workspace.bot_author()
    message, *_ = [workspace.post(channel, author, content | {"text": text}) for text in texts]
    response = {
        "ok": True,
        "channel": channel.id,
        "ts": message["ts"],
        "message": as_api_message(message, with_metadata=True),
    }
    if len(arguments.text("text")) > MAX_TEXT_LENGTH:
        warnings = {"warnings": ["message_truncated"]}
        response |= {"warning": "message_truncated", "response_metadata": warnings}
    return response


def post_ephemeral(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """chat.postEphemeral: post a message that one member sees until they reload."""
    channel = find_channel_to_post(workspace, arguments.text("channel"))
    user_id = arguments.required("user")
    if user_id not in channel.members:
        raise SlackError("user_not_in_channel")
    content = read_content(arguments)
    refuse_restricted(channel, in_thread="thread_ts" in content)
    author = workspace.bot_author()
    message = workspace.post_ephemeral(channel, author, content, user_id=user_id)
    return {"ok": True, "message_ts": message["ts"]}


def update(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """chat.update: edit one of the bot's messages.

    Blocks and attachments that are not in the call are kept; an empty array removes them.
    """
    channel = find_visible_channel(workspace, arguments.text("channel"))
    message = workspace.message(channel, arguments.required("ts"))
    if message.get("bot_id") != BOT_ID:
        raise SlackError("cant_update_message")
    if channel.is_archived:
        raise SlackError("is_inactive")
    if message.get("is_frozen"):
        raise SlackError("edit_window_closed")
    if len(arguments.text("text")) > MAX_UPDATE_LENGTH:
        raise SlackError("msg_too_long")
    edited = workspace.mark_edited(_with_changes(message, arguments))
    refuse_long_blocks(edited)
    refuse_second_table(edited)
    workspace.edit(channel, edited)
    return {
        "ok": True,
        "channel": channel.id,
        "ts": edited["ts"],
        "text": edited["text"],
        "message": as_api_message(edited, with_metadata=True),
    }


def delete(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """chat.delete: delete one of the bot's messages."""
    channel = find_visible_channel(workspace, arguments.text("channel"))
    message = workspace.message(channel, arguments.required("ts"))
    if message.get("bot_id") != BOT_ID:
        raise SlackError("cant_delete_message")
    workspace.delete(channel, message)
    return {"ok": True, "channel": channel.id, "ts": message["ts"]}


def get_permalink(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """chat.getPermalink: the permalink of a message."""
    channel = find_joined_channel(workspace, arguments.text("channel"))
    message = workspace.message(channel, arguments.required("message_ts"))
    return {
        "ok": True,
        "channel": channel.id,
        "permalink": workspace.permalink(channel, message),
    }


def as_api_message(message: Message, *, with_metadata: bool) -> Message:
    """Return a message as the Web API returns it."""
    hidden = _INTERNAL - {"metadata"} if with_metadata else _INTERNAL
    return {key: value for key, value in message.items() if key not in hidden}


def _with_changes(message: Message, arguments: Arguments) -> Message:
    blocks, attachments = read_blocks(arguments), read_attachments(arguments)
    text, metadata = arguments.text("text"), read_metadata(arguments)
    if not text and blocks is None and attachments is None and metadata is None:
        raise SlackError("no_text")
    edited = dict(message)
    for name, value in (("blocks", blocks), ("attachments", attachments), ("metadata", metadata)):
        if value:
            edited[name] = value
        elif value is not None:
            edited.pop(name, None)
    edited["text"] = text or (
        NO_FALLBACK_TEXT if blocks and not message["text"] else edited["text"]
    )
    if not text and blocks == [] and not edited.get("attachments"):
        raise SlackError("no_text")
    return edited
