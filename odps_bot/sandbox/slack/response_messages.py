"""Messages outside the Web API: in acknowledgements, and sent to a response_url."""

from typing import Any

from odps_bot.sandbox.slack.entities import Channel
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.message_log import Message
from odps_bot.sandbox.slack.response_urls import ResponseUrl
from odps_bot.sandbox.slack.web_api.arguments import Arguments
from odps_bot.sandbox.slack.web_api.content import read_content
from odps_bot.sandbox.slack.workspace import Workspace


def show_ack(workspace: Workspace, channel: Channel, ack: Any, *, user_id: str) -> bool:
    """Show the message in a command's acknowledgement; return False when it is invalid.

    An empty acknowledgement shows nothing; by default the message is ephemeral.
    """
    body = {"text": ack} if isinstance(ack, str) else ack
    if not body:
        return True
    if not isinstance(body, dict):
        return False
    arguments = Arguments(body)
    if not any(arguments.text(name) for name in ("text", "blocks", "attachments")):
        return True
    try:
        _show(workspace, channel, arguments, user_id=user_id)
    except SlackError:
        return False
    return True


def handle_response_url(workspace: Workspace, url: ResponseUrl, body: dict[str, Any]) -> None:
    """Carry out a request to a response_url as the bot, member or not.

    https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
    Raises SlackError for content that Slack refuses, which does not count as a use.
    """
    arguments = Arguments(body)
    channel = workspace.channel(url.channel_id)
    original = channel.log.find(url.message_ts) if url.message_ts else None
    if arguments.flag("delete_original"):
        if original is not None:
            workspace.delete(channel, original)
    elif arguments.flag("replace_original") and original is not None:
        workspace.edit(channel, _replaced(workspace, original, read_content(arguments)))
    else:
        _show(workspace, channel, arguments, user_id=url.user_id)
    url.uses_left -= 1


def _show(workspace: Workspace, channel: Channel, arguments: Arguments, *, user_id: str) -> None:
    content, author = read_content(arguments), workspace.bot_author()
    if arguments.text("response_type") == "in_channel":
        workspace.post(channel, author, content)
    else:
        workspace.post_ephemeral(channel, author, content, user_id=user_id)


def _replaced(workspace: Workspace, original: Message, content: Message) -> Message:
    kept = {
        key: value
        for key, value in original.items()
        if key not in {"text", "blocks", "attachments", "metadata"}
    }
    content = {key: value for key, value in content.items() if key != "thread_ts"}
    return workspace.mark_edited(kept | content)
