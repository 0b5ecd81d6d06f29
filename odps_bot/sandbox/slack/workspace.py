"""The state of the workspace: people, channels, messages, and what the app may still use.

Only the server's event loop changes it; other threads read. Both hold `changed`, and every change
notifies it, so that a test can wait for a state instead of sleeping.
"""

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from odps_bot.sandbox.slack.app import APP_ID, BOT_ID, BOT_USER_ID, SlackApp
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.feed import Feed
from odps_bot.sandbox.slack.message_log import Message, is_reply
from odps_bot.sandbox.slack.residents import (
    FOUNDED,
    PEOPLE,
    SLACKBOT_ID,
    Channel,
    Person,
    Team,
    found_channels,
)
from odps_bot.sandbox.slack.response_urls import ResponseUrls
from odps_bot.sandbox.slack.tickets import Tickets
from odps_bot.sandbox.slack.timestamps import Clock, TimestampSource
from odps_bot.sandbox.slack.traffic import TrafficLog
from odps_bot.sandbox.slack.triggers import Triggers
from odps_bot.sandbox.slack.uploads import Files
from odps_bot.sandbox.slack.views import Views

TOMBSTONE = "This message was deleted."


class Workspace:
    """Everything that a workspace knows."""

    def __init__(
        self, *, app: SlackApp, clock: Clock, tour: Sequence[Mapping[str, str]] = ()
    ) -> None:
        """Found a workspace with its people and channels, and install `app` in it."""
        self.changed = threading.Condition()
        self.app = app
        self.clock = clock
        self.tour = [dict(step) for step in tour]
        self.base_url = ""  #: without a slash at its end; known once the server listens
        self.is_app_connected = False
        self.team = Team()
        self.bot = Person(
            id=BOT_USER_ID,
            name=app.name,
            real_name=app.display_name,
            tz="UTC",
            color="#4f46e5",
            is_bot=True,
        )
        self.people = {person.id: person for person in (*PEOPLE, self.bot)}
        self.channels = {channel.id: channel for channel in found_channels(app.name)}
        # A page that was left open over a restart must not take new numbers for old ones.
        self.feed = Feed(last_id=int(clock().timestamp() * 1_000))
        self.traffic = TrafficLog()
        self.files = Files()
        self.views = Views()
        self.tickets = Tickets(clock=clock)
        self.triggers = Triggers(clock=clock)
        self.response_urls = ResponseUrls(team_id=self.team.id, clock=clock)
        self._timestamps = TimestampSource(clock=clock)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the state while it changes, and wake whoever waits for a change."""
        with self.changed:
            try:
                yield
            finally:
                self.changed.notify_all()

    # -- who and where -----------------------------------------------------------------------

    def person(self, reference: str) -> Person:
        """Return somebody by id or name. Raises SlackError `user_not_found`."""
        for person in self.people.values():
            if reference in {person.id, person.name}:
                return person
        raise SlackError("user_not_found")

    def channel(self, reference: str) -> Channel:
        """Return a channel by id, `#name` or name. Raises SlackError `channel_not_found`."""
        if reference in self.channels:
            return self.channels[reference]
        name = reference.removeprefix("#")
        for channel in self.channels.values():
            if channel.kind != "im" and channel.name == name:
                return channel
        raise SlackError("channel_not_found")

    def channel_seen_by(self, user_id: str, reference: str) -> Channel:
        """Return a channel that this person or bot can see. Raises `channel_not_found`."""
        channel = self.channel(reference)
        if not channel.is_open_to(user_id):
            raise SlackError("channel_not_found")
        return channel

    def direct_message(self, user_id: str) -> Channel:
        """Return the bot's conversation with a person. Raises SlackError `user_not_found`."""
        for channel in self.channels.values():
            if channel.kind == "im" and user_id in channel.members and user_id != BOT_USER_ID:
                return channel
        raise SlackError("user_not_found")

    def message(self, channel: Channel, ts: str) -> Message:
        """Return a message of everybody's. Raises SlackError `message_not_found`."""
        message = channel.log.find(ts)
        if message is None or message.get("is_ephemeral") or is_tombstone(message):
            raise SlackError("message_not_found")
        return message

    def permalink(self, channel: Channel, message: Message) -> str:
        """Return the address of a message in the client."""
        address = f"{self.base_url}/archives/{channel.id}/p{message['ts'].replace('.', '')}"
        if is_reply(message):
            address += f"?thread_ts={message['thread_ts']}&cid={channel.id}"
        return address

    # -- authors -----------------------------------------------------------------------------

    def bot_author(self) -> Message:
        """Return the fields of a message that say it is the app's."""
        return {
            "user": BOT_USER_ID,
            "bot_id": BOT_ID,
            "app_id": APP_ID,
            "team": self.team.id,
            "bot_profile": {
                "id": BOT_ID,
                "app_id": APP_ID,
                "name": self.app.display_name,
                "icons": {},
                "deleted": False,
                "updated": int(FOUNDED.timestamp()),
                "team_id": self.team.id,
            },
        }

    def person_author(self, person: Person) -> Message:
        """Return the fields of a message that say it is a person's."""
        return {"user": person.id, "team": self.team.id}

    # -- messages ----------------------------------------------------------------------------

    def post(self, channel: Channel, author: Message, content: Message) -> Message:
        """Put a message into a channel and return it.

        A `thread_ts` that names no message of the channel's root is dropped and the message stands
        at the root, as Slack does after the parent was deleted (slack-go/slack#1571).
        """
        message = self._new_message(channel, author, content)
        thread_ts = message.get("thread_ts")
        if thread_ts is not None and not self._is_root(channel, thread_ts):
            del message["thread_ts"]
        return self._add(channel, message)

    def post_ephemeral(
        self, channel: Channel, author: Message, content: Message, *, user_id: str
    ) -> Message:
        """Show a message to one person only and return it."""
        message = self._new_message(channel, author, content)
        return self._add(channel, message | {"is_ephemeral": True, "visible_to": user_id})

    def say_as_slackbot(
        self, channel: Channel, text: str, *, user_id: str, thread_ts: str | None = None
    ) -> None:
        """Tell one person something that Slack itself says."""
        content = {"text": text} | ({"thread_ts": thread_ts} if thread_ts else {})
        self.post_ephemeral(channel, {"user": SLACKBOT_ID}, content, user_id=user_id)

    def edit(self, channel: Channel, message: Message) -> None:
        """Put an edited message in the place of the one with its timestamp."""
        with self.changing():
            channel.log.replace(message)
            self._tell_message("message_changed", channel, message)

    def mark_edited(self, message: Message) -> Message:
        """Return the message as edited by the bot right now."""
        return message | {"edited": {"user": BOT_USER_ID, "ts": self._timestamps.next_ts()}}

    def delete(self, channel: Channel, message: Message) -> None:
        """Take a message away; a parent with replies leaves a tombstone."""
        with self.changing():
            if message.get("reply_count"):
                kept = {
                    key: message[key]
                    for key in ("type", "channel", "ts", "thread_ts", "reply_count", "latest_reply")
                }
                tombstone = {"subtype": "tombstone", "user": SLACKBOT_ID, "text": TOMBSTONE}
                self.edit(channel, kept | tombstone)
                return
            parent = channel.log.remove(message["ts"])
            self.feed.publish(
                {"type": "message_deleted", "channel": channel.id, "ts": message["ts"]},
                audience=self._audience(channel, message),
            )
            if parent is not None:
                self._tell_message("message_changed", channel, parent)

    # -- channels and the app ----------------------------------------------------------------

    def join(self, channel: Channel, user_id: str) -> None:
        """Make somebody a member."""
        if user_id not in channel.members:
            with self.changing():
                channel.members.append(user_id)
                self._tell_channel(channel)

    def leave(self, channel: Channel, user_id: str) -> None:
        """Take somebody out."""
        if user_id in channel.members:
            with self.changing():
                channel.members.remove(user_id)
                self._tell_channel(channel)

    def archive(self, channel: Channel, *, archived: bool = True) -> None:
        """Archive a channel, or bring it back."""
        with self.changing():
            channel.is_archived = archived
            self._tell_channel(channel)

    def set_app_connected(self, *, is_connected: bool) -> None:
        """Note whether the app can be reached."""
        if is_connected != self.is_app_connected:
            with self.changing():
                self.is_app_connected = is_connected
                self.feed.publish({"type": "app_changed", "app": self.app_as_json()})

    def app_as_json(self) -> dict[str, Any]:
        """Return the app as the page shows it."""
        commands = [
            {
                "command": command.command,
                "description": command.description,
                "usage_hint": command.usage_hint,
            }
            for command in self.app.commands
        ]
        return {
            "id": APP_ID,
            "user_id": BOT_USER_ID,
            "bot_id": BOT_ID,
            "name": self.app.name,
            "is_connected": self.is_app_connected,
            "commands": commands,
        }

    # -- inside ------------------------------------------------------------------------------

    def _new_message(self, channel: Channel, author: Message, content: Message) -> Message:
        ts = self._timestamps.next_ts()
        head = {"type": "message", "ts": ts, "channel": channel.id, "text": ""}
        return head | author | content

    def _is_root(self, channel: Channel, ts: str) -> bool:
        message = channel.log.find(ts)
        return (
            message is not None
            and not is_reply(message)
            and not message.get("is_ephemeral")
            and not is_tombstone(message)
        )

    def _add(self, channel: Channel, message: Message) -> Message:
        with self.changing():
            parent = channel.log.add(message)
            self._tell_message("message", channel, message)
            if parent is not None:
                self._tell_message("message_changed", channel, parent)
        return message

    def _tell_message(self, kind: str, channel: Channel, message: Message) -> None:
        self.feed.publish(
            {"type": kind, "message": message}, audience=self._audience(channel, message)
        )

    def _tell_channel(self, channel: Channel) -> None:
        audience = None if channel.kind == "public" else frozenset(channel.members)
        self.feed.publish(
            {"type": "channel_changed", "channel": channel.as_json()}, audience=audience
        )

    def _audience(self, channel: Channel, message: Message) -> Collection[str] | None:
        if message.get("is_ephemeral"):
            return {message["visible_to"]}
        return None if channel.kind == "public" else frozenset(channel.members)


def is_tombstone(message: Message) -> bool:
    """Tell whether this is what a deleted parent leaves."""
    return message.get("subtype") == "tombstone"
