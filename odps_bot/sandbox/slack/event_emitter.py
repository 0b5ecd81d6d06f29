"""The events that Slack sends to an app that subscribed to them.

https://docs.slack.dev/reference/events
"""

from dataclasses import dataclass
from typing import Any, Literal

from odps_bot.sandbox.slack.app import BOT_USER_ID
from odps_bot.sandbox.slack.delivery.dispatcher import Dispatcher
from odps_bot.sandbox.slack.delivery.payloads import Payloads, as_in_payload
from odps_bot.sandbox.slack.entities import Channel, Person, Team
from odps_bot.sandbox.slack.file_objects import GONE_MODES
from odps_bot.sandbox.slack.message_log import Message
from odps_bot.sandbox.slack.views import View
from odps_bot.sandbox.slack.workspace import Workspace

#: What mentions keep of them; files are no subtype of a mention.
_SUBTYPES_OF_MENTIONS = frozenset({"me_message", "thread_broadcast"})

ChannelChange = Literal["archive", "unarchive", "rename", "deleted"]

_CHANNEL_TYPES = {"public": "channel", "private": "group", "im": "im"}
_MESSAGE_EVENTS = {"public": "message.channels", "private": "message.groups", "im": "message.im"}


#: The scope that an app needs before Slack lets it subscribe to an event.
#: https://docs.slack.dev/reference/events
_SCOPES = {
    "app_mention": "app_mentions:read",
    "channel_archive": "channels:read",
    "channel_deleted": "channels:read",
    "channel_left": "channels:read",
    "channel_rename": "channels:read",
    "channel_unarchive": "channels:read",
    "file_shared": "files:read",
    "group_archive": "groups:read",
    "group_deleted": "groups:read",
    "group_left": "groups:read",
    "group_rename": "groups:read",
    "group_unarchive": "groups:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
}


@dataclass(frozen=True)
class EventEmitter:
    """Sends the events to which the app subscribed, in the background."""

    workspace: Workspace
    dispatcher: Dispatcher
    payloads: Payloads

    def message(self, channel: Channel, now: Message | None, before: Message | None) -> None:
        """Emit a message that is new, edited or deleted; like Slack, the bot's own ones as well.

        `app_mention` is sent where the bot is a member, except in direct messages and when the bot
        mentions itself; and once more, with `edited`, when an edit adds a mention.
        """
        message = now or before
        if message is None or not channel.is_bot_member or message.get("is_ephemeral"):
            return
        if self._is_subscribed(_MESSAGE_EVENTS[channel.kind]):
            is_new = bool(now and not before)
            self._message(
                self._posted(channel, now) if now and is_new else self._changed(now, before),
                channel,
            )
            if now and is_new and now.get("subtype") == "thread_broadcast":
                self._message(self._changed(self._with_root(channel, now), now), channel)
        if now and _mentions_bot(now) and not (before and _mentions_bot(before)):
            self._mention(channel, now)
        if now and not before:
            self.files_shared(channel, now)

    def _message(self, event: dict[str, Any], channel: Channel) -> None:
        kind = {"channel": channel.id, "channel_type": _CHANNEL_TYPES[channel.kind]}
        self._send({"type": "message", **event, **kind}, channel)

    def _mention(self, channel: Channel, message: Message) -> None:
        if channel.kind == "im" or not self._is_subscribed("app_mention"):
            return
        mention = self._posted(channel, message)
        if mention.get("subtype") not in _SUBTYPES_OF_MENTIONS:
            mention.pop("subtype", None)
        if "edited" in message:
            mention["event_ts"] = message["edited"]["ts"]
        self._send({**mention, "type": "app_mention", "channel": channel.id}, channel)

    def files_shared(self, channel: Channel, message: Message) -> None:
        """Emit `file_shared` for each file of a message."""
        if self._is_subscribed("file_shared"):
            for file in message.get("files", []):
                event = {
                    "type": "file_shared",
                    "file_id": file["id"],
                    "file": {"id": file["id"]},
                    "user_id": message["user"],
                    "channel_id": channel.id,
                    "event_ts": self._now(),
                }
                self._send(event, channel)

    def bot_joined(self, channel: Channel, *, inviter: Person) -> None:
        """Emit that somebody invited the bot to a channel."""
        if self._is_subscribed("member_joined_channel"):
            event = {
                "type": "member_joined_channel",
                "user": BOT_USER_ID,
                "channel": channel.id,
                "channel_type": "G" if channel.kind == "private" else "C",
                "team": self.workspace.team.id,
                "inviter": inviter.id,
                "event_ts": self._now(),
            }
            self._send(event, channel)

    def bot_left(self, channel: Channel) -> None:
        """Emit that somebody removed the bot from a channel."""
        event = "channel_left" if channel.kind == "public" else "group_left"
        if self._is_subscribed(event):
            self._send({"type": event, "channel": channel.id, "event_ts": self._now()}, channel)

    def channel(self, change: ChannelChange, channel: Channel) -> None:
        """Emit a change of a channel that the bot can see."""
        if channel.kind != "public" and not channel.is_bot_member:
            return
        noun = "channel" if channel.kind == "public" else "group"
        event = f"{noun}_{change}"
        if not self._is_subscribed(event):
            return
        described: Any = channel.id
        if change == "rename":
            created = int(self.workspace.clock().timestamp())
            described = {"id": channel.id, "name": channel.name, "created": created}
        self._send({"type": event, "channel": described, "event_ts": self._now()}, channel)

    def home_opened(self, person: Person, *, tab: str, view: View | None) -> None:
        """Emit that somebody opened the app's home or messages tab."""
        if not self._is_subscribed("app_home_opened"):
            return
        channel = self.workspace.direct_message(person.id)
        event = {
            "type": "app_home_opened",
            "user": person.id,
            "channel": channel.id,
            "tab": tab,
            "event_ts": self._now(),
        }
        self._send(event | ({"view": view} if view else {}), channel)

    def uninstalled(self, team: Team) -> None:
        """Emit that a workspace uninstalled the app."""
        if self._is_subscribed("app_uninstalled"):
            self.dispatcher.send_event(self.payloads.app_uninstalled(team))

    def _changed(self, now: Message | None, before: Message | None) -> dict[str, Any]:
        before, at = before or {}, self._now()
        event = {
            "hidden": True,
            "ts": at,
            "event_ts": at,
            "previous_message": as_in_payload(before),
        }
        if now is None:
            return event | {"subtype": "message_deleted", "deleted_ts": before["ts"]}
        return event | {"subtype": "message_changed", "message": as_in_payload(now)}

    def _posted(self, channel: Channel, message: Message) -> dict[str, Any]:
        message = self._with_root(channel, message)
        fields = {key: value for key, value in message.items() if key not in {"type", "channel"}}
        if channel.is_shared and "files" in fields:
            fields["files"] = [_stub(file) for file in fields["files"]]
        return fields | {"event_ts": message["ts"]}

    def _with_root(self, channel: Channel, message: Message) -> Message:
        """Return the message; a reply that is sent to the channel as well has its `root`."""
        root = channel.log.find(message.get("thread_ts", ""))
        if root is None or message.get("subtype") != "thread_broadcast":
            return message
        return message | {"root": as_in_payload(root)}

    def _is_subscribed(self, event: str) -> bool:
        """Return whether the app subscribed to an event and has its scope."""
        app = self.workspace.app
        return event in app.events and _SCOPES.get(event) in {None, *app.scopes}

    def _send(self, event: dict[str, Any], channel: Channel) -> None:
        user_id = event.get("user") or event.get("message", {}).get("user")
        person = self.workspace.people.get(str(user_id))
        source = person.team if person else self.workspace.team
        self.dispatcher.send_event(self.payloads.event(event, channel=channel, source=source))

    def _now(self) -> str:
        return f"{self.workspace.clock().timestamp():.6f}"


def _mentions_bot(message: Message) -> bool:
    """Return whether somebody other than the bot mentions it there."""
    return f"<@{BOT_USER_ID}>" in message["text"] and message["user"] != BOT_USER_ID


def _stub(file: dict[str, Any]) -> dict[str, Any]:
    """Return what events of shared channels have of a file: its properties are in `files.info`.

    https://docs.slack.dev/apis/slack-connect#check_file_info
    """
    if file.get("mode") in GONE_MODES:
        return file
    empty = {"created": 0, "timestamp": 0, "user": "", "editable": False, "size": 0}
    return {"id": file["id"], **empty, "mode": "file_access", "file_access": "check_file_info"}
