"""Looking up the people, user groups and channels of the workspace."""

from typing import Any

from odps_bot.sandbox.slack.app import BOT_USER_ID, SlackApp
from odps_bot.sandbox.slack.composer import Names, compose, compose_blocks
from odps_bot.sandbox.slack.entities import HOME_TEAM, Channel, Person
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.fixtures import EDGE_CASE_PEOPLE, PEOPLE, USER_GROUPS, initial_channels
from odps_bot.sandbox.slack.message_log import Message


class Directory:
    """People, groups and channels, found by id or name."""

    def __init__(self, *, app: SlackApp) -> None:
        """Create a workspace with its people and channels, including the bot of `app`."""
        self.app = app
        self.team = HOME_TEAM
        self.populate()

    def populate(self) -> None:
        """Start with the people, groups and empty channels of a new workspace."""
        self.bot = Person(
            id=BOT_USER_ID,
            name=self.app.name,
            real_name=self.app.display_name,
            tz="UTC",
            color="#4f46e5",
            is_bot=True,
        )
        self.people = {person.id: person for person in (*PEOPLE, *EDGE_CASE_PEOPLE, self.bot)}
        self.user_groups = {group.id: group for group in USER_GROUPS}
        self.channels = {channel.id: channel for channel in initial_channels(self.app.name)}

    def person(self, reference: str) -> Person:
        """Return a person by id or name. Raises SlackError `user_not_found`."""
        for person in self.people.values():
            if reference in {person.id, person.name}:
                return person
        raise SlackError("user_not_found")

    def actor(self, reference: str) -> Person:
        """Return an active person. Raises SlackError `user_not_found`, `user_is_deactivated`."""
        person = self.person(reference)
        if person.is_bot:
            raise SlackError("user_not_found")
        if person.is_deactivated:
            raise SlackError("user_is_deactivated")
        return person

    def actor_in(self, user: str, channel: str) -> tuple[Person, Channel]:
        """Return an active person and a channel that they can see.

        Raises SlackError: `user_not_found`, `user_is_deactivated`, `channel_not_found`.
        """
        person = self.actor(user)
        return person, self.channel_seen_by(person.id, channel)

    def writer_in(self, user: str, channel: str) -> tuple[Person, Channel]:
        """Return a person and a channel in which they can post.

        Raises SlackError as `actor_in` does, and `is_archived`, `messages_tab_disabled`.
        """
        person, conversation = self.actor_in(user, channel)
        if conversation.is_archived:
            raise SlackError("is_archived")
        can_write = self.app.has_messages_tab and not self.app.is_messages_tab_read_only
        if conversation.kind == "im" and not can_write:
            raise SlackError("messages_tab_disabled")
        return person, conversation

    def names(self) -> dict[str, str]:
        """Return the ids of people and the bot by name."""
        return {person.name: person.id for person in self.people.values()}

    def composer_names(self, person: Person) -> Names:
        """Return the names that this person's composer knows."""
        return Names(
            people=self.names(),
            groups={group.handle: group.id for group in self.user_groups.values()},
            channels={
                channel.name: channel.id
                for channel in self.channels.values()
                if channel.kind != "im" and channel.is_open_to(person)
            },
        )

    def compose(self, person: Person, typed: str, *, blocks: Any = None) -> Message:
        """Return `text` and `blocks` of a message; given `blocks` are used in place of `typed`.

        Raises SlackError `invalid_blocks`, `invalid_blocks_format`.
        """
        names = self.composer_names(person)
        return compose(typed, names) if blocks is None else compose_blocks(blocks, names)

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
        """Return a channel that this person or bot sees. Raises SlackError `channel_not_found`."""
        channel = self.channel(reference)
        if not channel.is_open_to(self.people[user_id]):
            raise SlackError("channel_not_found")
        return channel

    def direct_message(self, user_id: str) -> Channel:
        """Return the bot's conversation with a person. Raises SlackError `user_not_found`."""
        for channel in self.channels.values():
            if channel.kind == "im" and user_id in channel.members and user_id != BOT_USER_ID:
                return channel
        raise SlackError("user_not_found")
