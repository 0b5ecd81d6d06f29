"""The workspace that the sandbox starts with: its people, user groups and channels."""

from datetime import UTC, datetime

from odps_bot.sandbox.slack.app import BOT_USER_ID
from odps_bot.sandbox.slack.entities import HOME_TEAM, Channel, Person, Team, UserGroup

SLACKBOT_ID = "USLACKBOT"
CREATED_AT = datetime(2025, 1, 1, tzinfo=UTC)

#: Another company with which a channel is shared.
ACME = Team(id="T0ACMECORP", name="Acme", domain="acme")
TEAMS = {team.id: team for team in (HOME_TEAM, ACME)}

PEOPLE = (
    Person(id="U0ALICE", name="alice", real_name="Alice Chen", tz="Asia/Shanghai", color="#1f6fd6"),
    Person(id="U0BOB", name="bob", real_name="Bob Meyer", tz="Europe/Berlin", color="#157a4a"),
    Person(
        id="U0CAROL", name="carol", real_name="Carol Diaz", tz="America/New_York", color="#c2410c"
    ),
)
#: Special cases: people of another company, a guest, and somebody who has left.
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
    """Return the channels of a new workspace, including direct messages with the bot."""
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
            id="C0RANDOM01", name="random", topic="The bot is not a member", members=[*everybody]
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
            topic="Shared with another company",
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
