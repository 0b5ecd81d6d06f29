"""Who and what is in the sandbox's workspace when it starts."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from odps_bot.sandbox.slack.app import BOT_USER_ID
from odps_bot.sandbox.slack.message_log import MessageLog

SLACKBOT_ID = "USLACKBOT"
CREATED_AT = datetime(2025, 1, 1, tzinfo=UTC)

ChannelKind = Literal["public", "private", "im"]


@dataclass(frozen=True, kw_only=True)
class Team:
    """The workspace as a whole."""

    id: str = "T0SANDBOX1"
    name: str = "Sandbox"
    domain: str = "sandbox"


HOME_TEAM = Team()
#: Another company, connected by a channel that both share.
ACME = Team(id="T0ACMECORP", name="Acme", domain="acme")
TEAMS = {team.id: team for team in (HOME_TEAM, ACME)}


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who can be acted as, or the bot."""

    id: str
    name: str
    real_name: str
    tz: str
    color: str
    team: Team = HOME_TEAM
    is_bot: bool = False
    is_guest: bool = False  #: sees only the channels of which they are a member
    is_deactivated: bool = False

    @property
    def is_external(self) -> bool:
        """Whether they belong to another workspace, and come in by a shared channel."""
        return self.team != HOME_TEAM

    def as_json(self) -> dict[str, Any]:
        """Return the person as the page shows it."""
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
    """People who are mentioned together."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the group as the page shows it."""
        return {
            "id": self.id,
            "handle": self.handle,
            "name": self.name,
            "users": list(self.users),
        }


@dataclass(kw_only=True)
class Channel:
    """A channel or direct message with what was said in it."""

    id: str
    name: str
    kind: ChannelKind = "public"
    topic: str = ""
    members: list[str] = field(default_factory=list)
    is_archived: bool = False
    connected_teams: tuple[Team, ...] = ()  #: foreign ones, by Slack Connect
    log: MessageLog = field(default_factory=MessageLog)

    @property
    def is_bot_member(self) -> bool:
        """Whether the bot reads and writes here."""
        return BOT_USER_ID in self.members

    @property
    def is_shared(self) -> bool:
        """Whether people of another workspace are in it (`is_ext_shared`)."""
        return bool(self.connected_teams)

    def is_open_to(self, person: Person) -> bool:
        """Tell whether this person can see the channel."""
        sees_all_public = not (person.is_guest or person.is_external)
        return person.id in self.members or (self.kind == "public" and sees_all_public)

    def as_json(self) -> dict[str, Any]:
        """Return the channel as the page shows it."""
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


PEOPLE = (
    Person(id="U0ALICE", name="alice", real_name="Alice Chen", tz="Asia/Shanghai", color="#2b7de9"),
    Person(id="U0BOB", name="bob", real_name="Bob Meyer", tz="Europe/Berlin", color="#1f9d61"),
    Person(
        id="U0CAROL", name="carol", real_name="Carol Diaz", tz="America/New_York", color="#c2410c"
    ),
)
#: Those who need care: people of another company, a guest, and somebody who has left.
EDGE_CASE_PEOPLE = (
    Person(
        id="U0DANA",
        name="dana",
        real_name="Dana Reyes",
        tz="America/Los_Angeles",
        color="#7c3aed",
        team=ACME,
    ),
    Person(
        id="U0HIRO",
        name="hiro",
        real_name="Hiro Tanaka",
        tz="Asia/Tokyo",
        color="#be185d",
        team=ACME,
    ),
    Person(
        id="U0ERIN",
        name="erin",
        real_name="Erin Novak",
        tz="Europe/Prague",
        color="#0e7490",
        is_guest=True,
    ),
    Person(
        id="U0FRANK",
        name="frank",
        real_name="Frank Olsen",
        tz="Europe/Oslo",
        color="#64748b",
        is_deactivated=True,
    ),
)
USER_GROUPS = (
    UserGroup(
        id="S0DATAPLAT", handle="data-platform", name="Data platform", users=("U0ALICE", "U0BOB")
    ),
    UserGroup(id="S0ONCALL01", handle="on-call", name="On call", users=("U0CAROL",)),
)


def initial_channels(bot_name: str) -> list[Channel]:
    """Return the channels of a new workspace, the bot's direct messages included."""
    everybody = [person.id for person in PEOPLE]
    return [
        Channel(
            id="C0DATAENG1",
            name="data-eng",
            topic="Pipelines, tables and the odps bot",
            members=[*everybody, BOT_USER_ID],
        ),
        Channel(
            id="C0ANALYTIC",
            name="analytics",
            topic="Questions to the warehouse",
            members=[*everybody, "U0ERIN", BOT_USER_ID],
        ),
        Channel(
            id="C0RANDOM01", name="random", topic="The bot is not in here", members=[*everybody]
        ),
        Channel(
            id="C0FINANCE1",
            name="finance",
            kind="private",
            topic="Private, without the bot",
            members=[PEOPLE[0].id],
        ),
        Channel(
            id="C0SHAREDAC",
            name="shared-with-acme",
            topic="Shared with people of another company",
            members=["U0ALICE", "U0BOB", "U0DANA", "U0HIRO", BOT_USER_ID],
            connected_teams=(ACME,),
        ),
        *(_direct_message(person, bot_name) for person in (*PEOPLE, *EDGE_CASE_PEOPLE)),
    ]


def _direct_message(person: Person, bot_name: str) -> Channel:
    return Channel(
        id=f"D0{person.name.upper()}ODPS",
        name=bot_name,
        kind="im",
        members=[person.id, BOT_USER_ID],
        connected_teams=(person.team,) if person.is_external else (),
    )
