"""The workspace as one person sees it."""

from typing import Any

from odps_bot.sandbox.slack.entities import Channel, Person
from odps_bot.sandbox.slack.message_log import Message, newest_threads
from odps_bot.sandbox.slack.workspace import Workspace

SHOWN_ROOTS = 200


def page_state(workspace: Workspace, person: Person) -> dict[str, Any]:
    """Return the state that the page needs to show the workspace to this person.

    `event_id` is the number of the last event that is included.
    """
    channels = [c for c in workspace.channels.values() if c.is_open_to(person)]
    return {
        "team": {
            "id": workspace.team.id,
            "name": workspace.team.name,
            "domain": workspace.team.domain,
        },
        "people": [someone.as_json() for someone in workspace.people.values()],
        "channels": [channel.as_json() for channel in channels],
        "app": workspace.app.as_json(is_connected=workspace.is_app_connected),
        "messages": {channel.id: _visible_messages(channel, person) for channel in channels},
        "user_groups": [group.as_json() for group in workspace.user_groups.values()],
        "home": workspace.views.homes.get(person.id),
        "views": workspace.views.stacks.get(person.id, []),
        "tour": workspace.tour,
        "event_id": workspace.event_stream.last_id,
    }


def is_visible_to_user(event: dict[str, Any], user_id: str) -> bool:
    """Return whether an event has no message that is ephemeral for somebody else."""
    message = event.get("message", {})
    return bool(message.get("visible_to", user_id) == user_id)


def _visible_messages(channel: Channel, person: Person) -> list[Message]:
    visible = [m for m in channel.log if m.get("visible_to", person.id) == person.id]
    return newest_threads(visible, roots=SHOWN_ROOTS)
