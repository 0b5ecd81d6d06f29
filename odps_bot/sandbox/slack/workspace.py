"""The state of the workspace: people, channels, messages, and what was issued to the app.

Only the server's event loop changes it; other threads read. Both hold `changed`, which every change
notifies, so that a test can wait for a state instead of sleeping.
"""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from odps_bot.sandbox.clock import Clock
from odps_bot.sandbox.slack.app import APP_ID, BOT_ID, BOT_USER_ID, SlackApp
from odps_bot.sandbox.slack.directory import Directory
from odps_bot.sandbox.slack.entities import Channel, Person
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.event_stream import EventStream
from odps_bot.sandbox.slack.file_objects import file_object
from odps_bot.sandbox.slack.fixtures import CREATED_AT, SLACKBOT_ID
from odps_bot.sandbox.slack.installations import Installations
from odps_bot.sandbox.slack.message_log import Message, is_reply
from odps_bot.sandbox.slack.organizations import Organization, home_of
from odps_bot.sandbox.slack.response_urls import ResponseUrls
from odps_bot.sandbox.slack.socket_tickets import SocketTickets
from odps_bot.sandbox.slack.timestamps import TimestampSource
from odps_bot.sandbox.slack.traffic import TrafficLog
from odps_bot.sandbox.slack.triggers import Triggers
from odps_bot.sandbox.slack.uploads import File, Files
from odps_bot.sandbox.slack.views import Views

#: Gets the channel, the new and the old message; None for one that does not exist.
MessageListener = Callable[[Channel, Message | None, Message | None], None]

TOMBSTONE = "This message was deleted."
_CONTENT = ("text", "blocks", "attachments", "files", "subtype")


class Workspace(Directory):
    """The whole state of a workspace."""

    def __init__(
        self,
        *,
        app: SlackApp,
        clock: Clock,
        tour: Sequence[Mapping[str, str]] = (),
        trigger_lifetime: timedelta = timedelta(seconds=3),
    ) -> None:
        """Create a workspace with its people and channels, and install `app`."""
        super().__init__(app=app)
        self.changed = threading.Condition()
        self.clock = clock
        self._trigger_lifetime = trigger_lifetime
        self.tour = [dict(step) for step in tour]
        self.base_url = ""  #: without a trailing slash; set once the server listens
        self.is_app_connected = False
        #: On a page of a history or a thread, however many are asked for: new apps that are sold
        #: outside Slack's marketplace get 15. None: as many as are asked for.
        #: https://docs.slack.dev/changelog/2025/05/29/tos-updates
        self.most_messages: int | None = None
        self.organization: Organization | None = None
        #: Called for every message that is new, edited or deleted.
        self.on_message: MessageListener = _ignore
        # A page that stayed open over a restart must not mistake new numbers for old ones.
        self.event_stream = EventStream(last_id=int(clock().timestamp() * 1_000))
        self.traffic = TrafficLog()
        self.socket_tickets = SocketTickets(clock=clock)
        self.installations = Installations(clock=clock)
        self._reset_state()
        self._timestamps = TimestampSource(clock=clock)

    def reset(self) -> None:
        """Return to the initial state; the app stays installed and connected, and pages reload."""
        with self.changing():
            self.populate()
            self.organization = None
            self._reset_state()
            self.installations.clear()
            self.traffic.clear()
            self.event_stream.publish({"type": "reset"})

    def _reset_state(self) -> None:
        self.files = Files()
        self.views = Views()
        self.triggers = Triggers(clock=self.clock, lifetime=self._trigger_lifetime)
        self.response_urls = ResponseUrls(team_id=self.team.id, clock=self.clock)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the lock during a change, then notify waiting threads."""
        with self.changed:
            try:
                yield
            finally:
                self.changed.notify_all()

    # -- finding messages --------------------------------------------------------------------

    def message(self, channel: Channel, ts: str) -> Message:
        """Return a message that is not ephemeral. Raises SlackError `message_not_found`."""
        message = channel.log.find(ts)
        if message is None or message.get("is_ephemeral") or is_tombstone(message):
            raise SlackError("message_not_found")
        return message

    def thread_of(self, channel: Channel, ts: str) -> str:
        """Return the thread of a message, or the one that a reply would start."""
        parent = self.message(channel, ts)
        return str(parent.get("thread_ts", parent["ts"]))

    def permalink(self, channel: Channel, message: Message) -> str:
        """Return the permalink of a message."""
        address = f"{self.base_url}/archives/{channel.id}/p{message['ts'].replace('.', '')}"
        if is_reply(message):
            address += f"?thread_ts={message['thread_ts']}&cid={channel.id}"
        return address

    # -- authors -----------------------------------------------------------------------------

    def bot_author(self) -> Message:
        """Return the author fields of the app's messages."""
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
                "updated": int(CREATED_AT.timestamp()),
                "team_id": self.team.id,
            },
        }

    def person_author(self, person: Person, channel: Channel) -> Message:
        """Return the author fields of a person's messages.

        In a channel shared by workspaces they include the person's workspace.
        https://docs.slack.dev/apis/slack-connect
        """
        home = home_of(person, self.organization)
        author = {"user": person.id, "team": home}
        if channel.is_shared or self.organization:
            author |= {"user_team": home, "source_team": home}
        return author

    # -- messages ----------------------------------------------------------------------------

    def post(self, channel: Channel, author: Message, content: Message) -> Message:
        """Post a message in a channel and return it.

        A `thread_ts` that is not a root message is dropped and the message is posted in the channel
        itself, as Slack does after the parent was deleted (slack-go/slack#1571).
        """
        message = self._new_message(channel, author, content)
        thread_ts = message.get("thread_ts")
        if thread_ts is not None and not self._is_root(channel, thread_ts):
            del message["thread_ts"]
            if message.get("subtype") == "thread_broadcast":
                del message["subtype"]
        message = self._add(channel, message)
        self.on_message(channel, message, None)
        return message

    def post_ephemeral(
        self, channel: Channel, author: Message, content: Message, *, user_id: str
    ) -> Message:
        """Post an ephemeral message and return it."""
        message = self._new_message(channel, author, content)
        return self._add(channel, message | {"is_ephemeral": True, "visible_to": user_id})

    def post_as_slackbot(
        self, channel: Channel, text: str, *, user_id: str, thread_ts: str | None = None
    ) -> None:
        """Post an ephemeral message from Slack itself."""
        content = {"text": text} | ({"thread_ts": thread_ts} if thread_ts else {})
        self.post_ephemeral(channel, {"user": SLACKBOT_ID}, content, user_id=user_id)

    def edit(self, channel: Channel, message: Message) -> None:
        """Replace the message with the same timestamp."""
        with self.changing():
            before = channel.log.find(message["ts"])
            channel.log.replace(message)
            self._publish_message("message_changed", channel, message)
        if before and any(message.get(name) != before.get(name) for name in _CONTENT):
            self.on_message(channel, message, before)

    def mark_edited(self, message: Message, *, by: str = BOT_USER_ID) -> Message:
        """Return the message marked as edited now."""
        return message | {"edited": {"user": by, "ts": self._timestamps.next_ts()}}

    def delete(self, channel: Channel, message: Message) -> None:
        """Delete a message; a parent with replies leaves a tombstone."""
        with self.changing():
            if message.get("reply_count"):
                kept = {
                    key: message[key]
                    for key in ("type", "channel", "ts", "thread_ts", "reply_count", "latest_reply")
                }
                tombstone = {
                    "subtype": "tombstone",
                    "user": SLACKBOT_ID,
                    "text": TOMBSTONE,
                    "hidden": True,
                }
                self.edit(channel, kept | tombstone)
                return
            parent = channel.log.remove(message["ts"])
            self.event_stream.publish(
                {"type": "message_deleted", "channel": channel.id, "ts": message["ts"]},
                audience=self._audience(channel, message),
            )
            if parent is not None:
                self._publish_message("message_changed", channel, parent)
        self.on_message(channel, None, message)

    def describe_file(self, file: File) -> dict[str, Any]:
        """Return Slack's file object."""
        return file_object(file, base_url=self.base_url, team=self.team, channels=self.channels)

    def share_files(
        self, channel: Channel, author: Message, content: Message, files: Sequence[File]
    ) -> Message:
        """Post a message with files in a channel and return it.

        As in Slack, the files in the message lack its timestamp; `files.info` has it afterwards.
        """
        with self.changing():
            for file in files:
                if channel.id not in file.channel_ids:
                    file.channel_ids.append(channel.id)
        shown = [self.describe_file(file) for file in files]
        message = self.post(channel, author, content | {"files": shown})
        share: dict[str, str] = {key: message[key] for key in ("ts", "thread_ts") if key in message}
        with self.changing():
            for file in files:
                file.shares.setdefault(channel.id, []).append(share)
        return message

    def remove_file(self, file: File) -> None:
        """Remove a file; messages without text go with it, others keep a tombstone."""
        with self.changing():
            self.files.remove(file)
            for channel, message in self._messages_with(file):
                if len(message["files"]) == 1 and not message["text"]:
                    self.delete(channel, message)
                else:
                    self._replace_file(channel, message, {"id": file.id, "mode": "tombstone"})

    def hide_file(self, file: File) -> None:
        """Hide a file as the limit of a free plan does: nothing but its id is left of it."""
        with self.changing():
            file.is_hidden = True
            for channel, message in self._messages_with(file):
                self._replace_file(channel, message, self.describe_file(file))

    def _messages_with(self, file: File) -> list[tuple[Channel, Message]]:
        channels = [self.channels[key] for key in file.channel_ids if key in self.channels]
        return [
            (channel, message)
            for channel in channels
            for message in channel.log
            if any(entry["id"] == file.id for entry in message.get("files", []))
        ]

    def _replace_file(self, channel: Channel, message: Message, shown: dict[str, Any]) -> None:
        files = [shown if entry["id"] == shown["id"] else entry for entry in message["files"]]
        self.edit(channel, message | {"files": files})

    # -- channels and the app ----------------------------------------------------------------

    def join(self, channel: Channel, user_id: str) -> None:
        """Add a member."""
        if user_id not in channel.members:
            with self.changing():
                channel.members.append(user_id)
                self._publish_channel(channel)

    def leave(self, channel: Channel, user_id: str) -> None:
        """Remove a member."""
        if user_id in channel.members:
            with self.changing():
                channel.members.remove(user_id)
                self._publish_channel(channel)

    def archive(self, channel: Channel, *, archived: bool = True) -> None:
        """Archive or unarchive a channel."""
        with self.changing():
            channel.is_archived = archived
            self._publish_channel(channel)

    def add_channel(self, channel: Channel) -> None:
        """Add a channel."""
        with self.changing():
            self.channels[channel.id] = channel
            self._publish_channel(channel)

    def rename(self, channel: Channel, name: str) -> None:
        """Rename a channel."""
        with self.changing():
            channel.name = name
            self._publish_channel(channel)

    def make_private(self, channel: Channel) -> None:
        """Convert a public channel to a private one."""
        with self.changing():
            self._publish_deletion(channel, to=set(self.people) - set(channel.members))
            channel.kind = "private"
            self._publish_channel(channel)

    def remove_channel(self, channel: Channel) -> None:
        """Delete a channel with its messages."""
        with self.changing():
            del self.channels[channel.id]
            self._publish_deletion(channel, to=None)

    def set_app_connected(self, *, is_connected: bool) -> None:
        """Record whether the app can be reached; whoever waits counts its connections again."""
        with self.changing():
            if is_connected != self.is_app_connected:
                self.is_app_connected = is_connected
                self.event_stream.publish(
                    {"type": "app_changed", "app": self.app.as_json(is_connected=is_connected)}
                )

    # -- internals ---------------------------------------------------------------------------

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
            self._publish_message("message", channel, message)
            if parent is not None:
                self._publish_message("message_changed", channel, parent)
        return message

    def _publish_message(self, kind: str, channel: Channel, message: Message) -> None:
        self.event_stream.publish(
            {"type": kind, "message": message}, audience=self._audience(channel, message)
        )

    def _publish_channel(self, channel: Channel) -> None:
        self.event_stream.publish(
            {"type": "channel_changed", "channel": channel.as_json()},
            audience=self._audience_of(channel),
        )

    def _publish_deletion(self, channel: Channel, *, to: Collection[str] | None) -> None:
        self.event_stream.publish({"type": "channel_deleted", "channel": channel.id}, audience=to)

    def _audience(self, channel: Channel, message: Message) -> Collection[str] | None:
        if message.get("is_ephemeral"):
            return {message["visible_to"]}
        return self._audience_of(channel)

    def _audience_of(self, channel: Channel) -> Collection[str]:
        return {person.id for person in self.people.values() if channel.is_open_to(person)}


def _ignore(_channel: Channel, _now: Message | None, _before: Message | None) -> None:
    """Do nothing."""


def is_tombstone(message: Message) -> bool:
    """Return whether this is the tombstone of a deleted parent."""
    return message.get("subtype") == "tombstone"
