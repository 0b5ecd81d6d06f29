"""files.*: uploads in three steps (https://docs.slack.dev/messaging/working-with-files)."""

from collections.abc import Mapping
from typing import Any

from odps_bot.sandbox.slack.app import BOT_USER_ID
from odps_bot.sandbox.slack.entities import Channel
from odps_bot.sandbox.slack.errors import SlackError, invalid
from odps_bot.sandbox.slack.message_log import Message
from odps_bot.sandbox.slack.uploads import MAX_SNIPPET_BYTES, File
from odps_bot.sandbox.slack.web_api.arguments import Arguments
from odps_bot.sandbox.slack.web_api.content import read_blocks
from odps_bot.sandbox.slack.web_api.permissions import find_joined_channel
from odps_bot.sandbox.slack.workspace import Workspace


def get_upload_url(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """files.getUploadURLExternal: announce a file."""
    length = arguments.number("length", default=0)
    missing = [name for name in ("filename", "length") if not arguments.text(name)]
    if missing or length <= 0:
        fields = [f"missing required field: {name}" for name in missing or ["length"]]
        raise invalid("missing_argument", fields)
    snippet_type = arguments.text("snippet_type") or None
    if snippet_type and length > MAX_SNIPPET_BYTES:
        raise SlackError("snippet_too_large")
    file = workspace.files.announce(
        name=arguments.text("filename"),
        length=length,
        user_id=BOT_USER_ID,
        snippet_type=snippet_type,
        created_at=workspace.clock(),
    )
    upload_url = f"{workspace.base_url}/upload/v1/{file.id}/{file.secret}"
    return {"ok": True, "upload_url": upload_url, "file_id": file.id}


def complete_upload(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """files.completeUploadExternal: finish uploads and share them in the given channels."""
    entries = arguments.structure("files", list, error="invalid_arguments")
    if not entries or not all(isinstance(entry, dict) and entry.get("id") for entry in entries):
        raise invalid("invalid_arguments", ["missing required field: files"])
    files = [_find_uploaded(workspace, str(entry["id"])) for entry in entries]
    channels = _find_channels(workspace, arguments)
    content = _read_comment(arguments)
    for file, entry in zip(files, entries, strict=True):
        file.title = str(entry.get("title") or file.name)
        file.is_complete = True
    for channel in channels:
        workspace.share_files(channel, workspace.bot_author(), content, files)
    return {"ok": True, "files": [workspace.describe_file(file) for file in files]}


def get_file(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """files.info: a file, and the content of a snippet."""
    file = _find_visible(workspace, arguments.required("file"))
    described = workspace.describe_file(file)
    response = {"ok": True, "file": described, "comments": []}
    if described["mode"] == "snippet":
        response["content"] = (file.content or b"").decode(errors="replace")
    return response


def delete(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """files.delete: delete one of the bot's files; messages keep a tombstone of it."""
    file = _find_visible(workspace, arguments.required("file"))
    if file.user_id != BOT_USER_ID:
        raise SlackError("cant_delete_file")
    workspace.remove_file(file)
    return {"ok": True}


def is_visible_to(workspace: Workspace, file: File, user_id: str) -> bool:
    """Return whether a person sees a channel with the file, or the bot is a member of one.

    Files chosen in a modal of the app are visible to the bot as well.
    https://docs.slack.dev/reference/scopes/files.read
    """
    channels = [workspace.channels[key] for key in file.channel_ids if key in workspace.channels]
    if user_id == file.user_id:
        return True
    if user_id == BOT_USER_ID:
        return file.is_given_to_app or any(channel.is_bot_member for channel in channels)
    return any(channel.is_open_to(workspace.people[user_id]) for channel in channels)


def _find_visible(workspace: Workspace, file_id: str) -> File:
    file = workspace.files.find(file_id)
    if not file.is_complete or not is_visible_to(workspace, file, BOT_USER_ID):
        raise SlackError("file_not_found")
    return file


def _find_uploaded(workspace: Workspace, file_id: str) -> File:
    file = workspace.files.find(file_id)
    if file.content is None or file.is_complete:
        raise SlackError("file_not_found")
    return file


def _find_channels(workspace: Workspace, arguments: Arguments) -> list[Channel]:
    references = [arguments.text("channel_id"), *arguments.text("channels").split(",")]
    channels = [find_joined_channel(workspace, reference) for reference in references if reference]
    if any(channel.is_archived for channel in channels):
        raise SlackError("posting_to_channel_denied")
    return channels


def _read_comment(arguments: Arguments) -> Message:
    content: Message = {"text": arguments.text("initial_comment"), "upload": True}
    if blocks := read_blocks(arguments):
        content["blocks"] = blocks
    if thread_ts := arguments.text("thread_ts"):
        content["thread_ts"] = thread_ts
    return content
