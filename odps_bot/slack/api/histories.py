"""What stands in conversations and threads, page by page.

A thread begins with its oldest messages, a channel with its newest ones. New apps that are sold
outside Slack's marketplace get 15 messages a page and one page a minute.

https://docs.slack.dev/reference/methods/conversations.replies · …/conversations.history
"""

from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient

from odps_bot.slack.api.calls import call
from odps_bot.slack.api.responses import object_in, objects_at, text_at
from odps_bot.slack.errors import RefusedError

#: As many as Slack recommends.
PAGE_MESSAGES = 200


@dataclass(frozen=True, kw_only=True)
class Window:
    """What is looked at: messages between two instants, in seconds since the epoch."""

    oldest: str = ""  #: empty: from the beginning
    latest: str = ""  #: empty: to the end


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some messages as Slack gives them."""

    messages: list[dict[str, Any]]
    cursor: str  #: of the next page; empty: this was the last one


class SlackHistories:
    """Reads what stands there. One try a call; methods raise SlackError and nothing else."""

    def __init__(self, client: WebClient) -> None:
        self._client = client

    def direct_message_with(self, user_id: str) -> str:
        """Return the conversation with a person, which has a history: a person has none."""
        method = "conversations.open"
        opened = call(self._client, method, {"users": user_id}, form=True)
        return text_at(opened, "channel", "id", method=method)

    def page(
        self, channel_id: str, thread_ts: str | None, window: Window, *, cursor: str = ""
    ) -> Page:
        """Return the page of a thread, or of a channel, that `cursor` names; empty: the first."""
        bounds = {"oldest": window.oldest, "latest": window.latest, "cursor": cursor}
        arguments = {
            "channel": channel_id,
            "limit": PAGE_MESSAGES,
            "include_all_metadata": True,
            **{name: value for name, value in bounds.items() if value},
        }
        method = "conversations.history"
        if thread_ts:
            method, arguments["ts"] = "conversations.replies", thread_ts
        try:
            found = call(self._client, method, arguments, form=True)
        except RefusedError as error:
            if cursor and error.code == "invalid_cursor":
                return self.page(channel_id, thread_ts, window)
            raise
        messages = objects_at(found, "messages", method=method)
        next_cursor = object_in(found.get("response_metadata")).get("next_cursor")
        return Page(messages=messages, cursor=next_cursor if isinstance(next_cursor, str) else "")
