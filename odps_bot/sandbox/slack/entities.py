"""People, user groups and channels of a workspace, and the workspace itself."""

from dataclasses import dataclass, field
from typing import Any, Literal

from odps_bot.sandbox.slack.app import BOT_USER_ID
from odps_bot.sandbox.slack.message_log import MessageLog

ChannelKind = Literal["public", "private", "im"]

#: Where apps may post in a channel, by its admins' settings.
Posting = Literal["anywhere", "threads", "nowhere", "no_threads"]


@dataclass(frozen=True, kw_only=True)
class Team:
    """A workspace."""

    id: str = "T0SANDBOX1"
    name: str = "Sandbox"
    domain: str = "sandbox"


HOME_TEAM = Team()


@dataclass(frozen=True, kw_only=True)
class Person:
    """A person, or the bot."""

    id: str
    name: str
    real_name: str
    tz: str
    color: str
    team: Team = HOME_TEAM
    is_bot: bool = False
    is_guest: bool = False  #: sees only the channels they are a member of
    is_deactivated: bool = False

    @property
    def is_external(self) -> bool:
        """Whether they belong to another workspace (Slack Connect)."""
        return self.team != HOME_TEAM

    def as_json(self) -> dict[str, Any]:
        """Return the person for the page."""
        return {
            "id": self.id,
            "name": self.name,
            "real_name": self.real_name,
            "tz": self.tz,
            "color": self.color,
            "is_bot": self.is_bot,
            "team_id": self.team.id,
            "team_name": self.team.name,
            "is_external": self.is_external,
            "is_guest": self.is_guest,
            "is_deactivated": self.is_deactivated,
        }


@dataclass(frozen=True, kw_only=True)
class UserGroup:
    """A user group."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the group for the page."""
        return {
            "id": self.id,
            "handle": self.handle,
            "name": self.name,
            "users": list(self.users),
        }


@dataclass(kw_only=True)
class Channel:
    """A channel or direct message with its messages."""

    id: str
    name: str
    kind: ChannelKind = "public"
    topic: str = ""
    members: list[str] = field(default_factory=list)
    is_archived: bool = False
    posting: Posting = "anywhere"
    connected_teams: tuple[Team, ...] = ()  #: external ones (Slack Connect)
    log: MessageLog = field(default_factory=MessageLog)

    @property
    def is_bot_member(self) -> bool:
        """Whether the bot is a member."""
        return BOT_USER_ID in self.members

    @property
    def is_shared(self) -> bool:
        """Whether it is shared with another workspace (`is_ext_shared`)."""
        return bool(self.connected_teams)

    def is_open_to(self, person: Person) -> bool:
        """Return whether this person can see the channel."""
        sees_all_public = not (person.is_guest or person.is_external)
        return person.id in self.members or (self.kind == "public" and sees_all_public)

    def as_json(self) -> dict[str, Any]:
        """Return the channel for the page."""
        return {
            "id": self.id,
            "name": self.name,
            "kind": self.kind,
            "is_shared": self.is_shared,
            "connected_teams": [
                {"id": team.id, "name": team.name} for team in self.connected_teams
            ],
            "is_private": self.kind != "public",
            "is_im": self.kind == "im",
            "is_archived": self.is_archived,
            "topic": self.topic,
            "members": list(self.members),
            "bot_is_member": self.is_bot_member,
        }
