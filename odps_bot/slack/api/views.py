"""Modals and App Homes: the adapter to Slack's views."""

from typing import Any

from slack_sdk import WebClient

from odps_bot.slack.api.calls import call
from odps_bot.slack.api.responses import text_at

#: A view as Slack takes it: https://docs.slack.dev/reference/views
View = dict[str, Any]


class SlackViews:
    """What we do with views. One try a call; all methods raise SlackError and nothing else."""

    def __init__(self, client: WebClient) -> None:
        self._client = client

    def open(self, trigger_id: str, view: View) -> str:
        """Show a modal to whoever has just acted, within 3 seconds, and return its id."""
        method = "views.open"
        answer = call(self._client, method, {"trigger_id": trigger_id, "view": view})
        return text_at(answer, "view", "id", method=method)

    def push(self, trigger_id: str, view: View) -> str:
        """Show a modal on top of the one in which somebody has just acted, and return its id.

        Slack shows three at most, one on top of the other.
        """
        method = "views.push"
        answer = call(self._client, method, {"trigger_id": trigger_id, "view": view})
        return text_at(answer, "view", "id", method=method)

    def update(self, view: View) -> None:
        """Replace an open modal by one with the same `external_id`.

        https://docs.slack.dev/reference/methods/views.update
        """
        call(self._client, "views.update", {"external_id": view["external_id"], "view": view})

    def publish(self, user_id: str, view: View) -> None:
        """Replace a person's App Home."""
        call(self._client, "views.publish", {"user_id": user_id, "view": view})
