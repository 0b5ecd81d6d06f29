"""Actions on channels: create, invite or remove the bot, rename, make private, archive, delete."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from odps_bot.sandbox.slack.app import BOT_USER_ID
from odps_bot.sandbox.slack.entities import Channel, Posting
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.event_emitter import EventEmitter
from odps_bot.sandbox.slack.fixtures import PEOPLE
from odps_bot.sandbox.slack.organizations import Organization
from odps_bot.sandbox.slack.workspace import Workspace

#: https://docs.slack.dev/reference/methods/conversations.rename
_NAME = re.compile(r"[\w-]{1,80}")

_MADE_PRIVATE = "made this channel *private*. Now, it can only be viewed or joined by invitation."


@dataclass(frozen=True)
class ChannelActions:
    """What people do with channels."""

    workspace: Workspace
    emitter: EventEmitter

    def create(self, name: str) -> str:
        """Create a public channel of everybody and the bot, and return its id.

        Raises SlackError `invalid_name`, `name_taken`.
        """
        name = self._free_name(name)
        channel_id = f"C1{secrets.token_hex(4).upper()}"
        members = [*(person.id for person in PEOPLE), BOT_USER_ID]
        self.workspace.add_channel(Channel(id=channel_id, name=name, members=members))
        return channel_id

    def _free_name(self, name: str) -> str:
        name = name.removeprefix("#")
        if not _NAME.fullmatch(name) or name != name.lower():
            raise SlackError("invalid_name")
        if any(other.name == name for other in self.workspace.channels.values()):
            raise SlackError("name_taken")
        return name

    def invite(self, user: str, channel: str) -> None:
        """Invite the bot to a channel. Raises SlackError `cant_invite_to_im`, `is_archived`."""
        person, conversation = self.workspace.actor_in(user, channel)
        if conversation.kind == "im":
            raise SlackError("cant_invite_to_im")
        if conversation.is_archived:
            raise SlackError("is_archived")
        if not conversation.is_bot_member:
            self.workspace.join(conversation, BOT_USER_ID)
            self.emitter.bot_joined(conversation, inviter=person)

    def kick(self, channel: str) -> None:
        """Remove the bot from a channel. Raises SlackError `cant_kick_from_im`."""
        conversation = self.workspace.channel(channel)
        if conversation.kind == "im":
            raise SlackError("cant_kick_from_im")
        if conversation.is_bot_member:
            self.workspace.leave(conversation, BOT_USER_ID)
            self.emitter.bot_left(conversation)

    def archive(self, channel: str, *, archived: bool = True) -> None:
        """Archive or unarchive a channel."""
        conversation = self._find(channel)
        if conversation.is_archived != archived:
            self.workspace.archive(conversation, archived=archived)
            self.emitter.channel("archive" if archived else "unarchive", conversation)

    def restrict(self, channel: str, posting: Posting) -> None:
        """Let apps post in threads alone, nowhere, outside of threads, or anywhere again."""
        if posting not in get_args(Posting):
            raise SlackError("invalid_arguments")
        self._find(channel).posting = posting

    def rename(self, channel: str, name: str) -> None:
        """Rename a channel. Raises SlackError `invalid_name`, `name_taken`."""
        conversation, name = self._find(channel), self._free_name(name)
        self.workspace.rename(conversation, name)
        self.emitter.channel("rename", conversation)

    def make_private(self, channel: str) -> None:
        """Convert a public channel to a private one; its id stays the same.

        Slack sends no dedicated event for this, only a message with a subtype.
        """
        conversation = self._find(channel)
        if conversation.kind == "public":
            self.workspace.make_private(conversation)
            author = {"user": PEOPLE[0].id, "team": self.workspace.team.id}
            content = {"subtype": "channel_convert_to_private", "text": _MADE_PRIVATE}
            self.workspace.post(conversation, author, content)

    def delete(self, channel: str) -> None:
        """Delete a channel with its messages."""
        conversation = self._find(channel)
        self.workspace.remove_channel(conversation)
        self.emitter.channel("deleted", conversation)

    def join_organization(self, homes: Mapping[str, str] | None) -> None:
        """Make the workspace part of an Enterprise organization, or with None of none.

        `homes` has, by person, the workspace or organization that payloads name as their own.
        Raises SlackError `user_not_found`.
        """
        known = {self.workspace.person(user).id: home for user, home in (homes or {}).items()}
        with self.workspace.changing():
            self.workspace.organization = None if homes is None else Organization(homes=known)

    def _find(self, channel: str) -> Channel:
        conversation = self.workspace.channel(channel)
        if conversation.kind == "im":
            raise SlackError("method_not_supported_for_channel_type")
        return conversation
