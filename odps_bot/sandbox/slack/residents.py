"""Who and what is in the sandbox's workspace when it starts."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from odps_bot.sandbox.slack.app import BOT_USER_ID
from odps_bot.sandbox.slack.message_log import MessageLog

SLACKBOT_ID = "USLACKBOT"
FOUNDED = datetime(2025, 1, 1, tzinfo=UTC)

ChannelKind = Literal["public", "private", "im"]


@dataclass(frozen=True, kw_only=True)
class Team:
    """The workspace as a whole."""

    id: str = "T0SANDBOX1"
    name: str = "Sandbox"
    domain: str = "sandbox"


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who can be acted as, or the bot."""

    id: str
    name: str
    real_name: str
    tz: str
    color: str
    is_bot: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the person as the page shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "real_name": self.real_name,
            "tz": self.tz,
            "color": self.color,
            "is_bot": self.is_bot,
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
    log: MessageLog = field(default_factory=MessageLog)

    @property
    def is_bot_member(self) -> bool:
        """Whether the bot reads and writes here."""
        return BOT_USER_ID in self.members

    def is_open_to(self, user_id: str) -> bool:
        """Tell whether this person can see the channel."""
        return self.kind == "public" or user_id in self.members

    def as_json(self) -> dict[str, Any]:
        """Return the channel as the page shows it."""
        return {
            "id": self.id,
            "name": self.name,
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


def found_channels(bot_name: str) -> list[Channel]:
    """Return the channels of a new workspace, the bot's direct messages included."""
    everybody = [person.id for person in PEOPLE]
    channels = [
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
            members=[*everybody, BOT_USER_ID],
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
    ]
    return channels + [
        Channel(
            id=f"D0{person.name.upper()}ODPS",
            name=bot_name,
            kind="im",
            members=[person.id, BOT_USER_ID],
        )
        for person in PEOPLE
    ]
