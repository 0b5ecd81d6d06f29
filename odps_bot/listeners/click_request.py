"""Who clicked, and where, as every listener to buttons needs it."""

from typing import Any

from slack_bolt import BoltContext

from odps_bot.input.request import Request, Surface
from odps_bot.listeners.actor import actor_of


def click_request(body: dict[str, Any], context: BoltContext) -> Request:
    """Return who clicked where; in the App Home there is neither channel nor response_url."""
    container = body.get("container", {})
    is_home = container.get("type") == "view"
    actor = actor_of(body, context)
    return Request(
        team_id=actor.team_id,
        channel_id=container.get("channel_id") or body.get("channel", {}).get("id", ""),
        user_id=body["user"]["id"],
        trigger_id=body["trigger_id"],
        response_url=body.get("response_url", ""),
        surface=Surface.HOME if is_home else Surface.CLICK,
        thread_ts=container.get("thread_ts"),
        answers_question=bool(container.get("is_ephemeral")),
        is_external=actor.is_external,
    )
