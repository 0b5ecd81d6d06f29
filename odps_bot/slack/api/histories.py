"""What stands in conversations and threads, page by page.

A thread begins with its oldest messages, a channel with its newest ones. New apps that are sold
outside Slack's marketplace get 15 messages a page and one page a minute.

https://docs.slack.dev/reference/methods/conversations.replies · …/conversations.history
"""

from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient

from odps_bot.slack.api.calls import call
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
        opened = call(self._client, "conversations.open", {"users": user_id}, form=True)
        return str(opened["channel"]["id"])

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
        try:
            if thread_ts:
                arguments["ts"] = thread_ts
                found = call(self._client, "conversations.replies", arguments, form=True)
            else:
                found = call(self._client, "conversations.history", arguments, form=True)
        except RefusedError as error:
            if cursor and error.code == "invalid_cursor":
                return self.page(channel_id, thread_ts, window)
            raise
        metadata = found.get("response_metadata") or {}
        return Page(messages=found.get("messages") or [], cursor=metadata.get("next_cursor") or "")
