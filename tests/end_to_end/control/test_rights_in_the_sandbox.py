"""The sandbox's people try what they may, and what they may not, by every way that Slack has.

Alice is admin, Bob writer (by his user group), Carol runner, Erin a guest who views; Dana is of
another company. #analytics only reads. See `odps_bot/sandbox/odps-bot.toml`.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis

from odps_bot.messages.modals import run_modal
from odps_bot.messages.run.buttons import RUN_AGAIN, SHOW_SQL, STOP_RUN
from odps_bot.sandbox.maxcompute import Timing
from odps_bot.sandbox.session import Session
from odps_bot.store import keys
from odps_bot.store.audit import AuditKind, AuditLine, AuditTrail
from tests.patience import SLACK_WAITS

DATA_ENG, ANALYTICS, SHARED = "C0DATAENG1", "C0ANALYTIC", "C0SHAREDAC"
ALICE, BOB, CAROL, ERIN, DANA = "U0ALICE", "U0BOB", "U0CAROL", "U0ERIN", "U0DANA"
PATIENCE_S = 45
STUCK = "set sandbox.stuck=true; select count(*) from customers"


@dataclass
class Team:
    """What people do and see."""

    session: Session
    redis: Redis

    def type(self, text: str, *, user: str, channel: str = DATA_ENG) -> str:
        """Type a command; return what the person sees at once."""
        delivery = self.session.slack.say(user, channel, text)
        assert delivery.ok, delivery
        return str((delivery.ack or {}).get("text", ""))

    def mention(self, text: str, *, user: str, channel: str = DATA_ENG) -> str:
        """Write to the bot; return its private answer."""
        before = len(self.whispers(user))
        self.session.slack.say(user, channel, text)
        return self.next_whisper(user, before)

    def click(self, action_id: str, card: dict[str, Any], *, user: str) -> str:
        """Press a button of a card; return the private answer."""
        before = len(self.whispers(user))
        self.session.slack.click(user, card["channel"], card["ts"], action_id)
        return self.next_whisper(user, before)

    def card(self, sql: str, *, user: str, channel: str = DATA_ENG) -> dict[str, Any]:
        """Run something and return its card."""
        known = {message["ts"] for message in self.cards(channel)}
        assert self.type(f"/odps run {sql}", user=user, channel=channel) == ""
        return self.wait(
            lambda: next((m for m in self.cards(channel) if m["ts"] not in known), None)
        )

    def cards(self, channel: str) -> list[dict[str, Any]]:
        messages = self.session.slack.messages(channel, include_ephemeral=False)
        return [m for m in messages if m.get("bot_id") and m.get("thread_ts", m["ts"]) == m["ts"]]

    def wait_for(self, card: dict[str, Any], words: str) -> None:
        """Wait until the card shows these words."""

        def shows() -> bool:
            [message] = [m for m in self.cards(card["channel"]) if m["ts"] == card["ts"]]
            return words in json.dumps(message, ensure_ascii=False)

        self.wait(shows)

    def whispers(self, user: str) -> list[str]:
        return [message["text"] for message in self.session.slack.ephemerals(user)]

    def next_whisper(self, user: str, before: int) -> str:
        self.wait(lambda: len(self.whispers(user)) > before)
        return self.whispers(user)[before]

    def wait(self, predicate: Any) -> Any:
        return self.session.slack.wait_until(predicate, PATIENCE_S)

    def denials(self) -> list[AuditLine]:
        trail = AuditTrail(self.redis, keep=1_000)
        return [line for line in trail.read() if line.kind is AuditKind.DENIAL]

    @contextmanager
    def is_denied(self, count: int = 1) -> Iterator[None]:
        """Expect so many denials in the audit trail, and no instance in MaxCompute."""
        instances = {i.id for i in self.session.maxcompute.instances()}
        denials = len(self.denials())
        yield
        assert len(self.denials()) == denials + count
        assert {i.id for i in self.session.maxcompute.instances()} == instances


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The sandbox as it comes, with its own rules; queries last a second."""
    with Session(
        ack_timeout=SLACK_WAITS,
        timing=Timing.of(timedelta(seconds=1)),
        orders_rows=1_000,
        logs=tmp_path_factory.mktemp("logs"),
    ) as session:
        session.start_bot()
        session.start_worker()
        session.wait_until_ready()
        yield session


@pytest.fixture
def team(session: Session) -> Iterator[Team]:
    with Redis.from_url(session.redis.url) as redis:
        # Who belongs to which group is asked by the worker once it is there.
        deadline = time.monotonic() + PATIENCE_S
        while not redis.exists(keys.members("S0DATAPLAT")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield Team(session, redis)


def test_everybody_runs_what_their_role_allows(team: Team) -> None:
    for sql, user in (
        ("create table if not exists kept (a bigint)", ALICE),
        ("insert into kept select 1", BOB),
        ("select count(*) from kept", CAROL),
    ):
        team.wait_for(team.card(sql, user=user), "Succeeded")


@pytest.mark.parametrize(
    ("user", "channel", "sql", "missing"),
    [
        (
            BOB,
            DATA_ENG,
            "drop table customers",
            "You need the role *operator* to create or drop tables",
        ),
        (
            CAROL,
            DATA_ENG,
            "insert into kept select 1",
            "*writer* to change rows. Yours is *runner*",
        ),
        (CAROL, DATA_ENG, "/* select */ InSERT into kept select 1", "*writer* to change rows"),
        (
            CAROL,
            DATA_ENG,
            "select 1; drop table kept",
            "*operator* to create or drop tables. Yours is *runner*",
        ),
        (
            CAROL,
            DATA_ENG,
            "\u017felect 1",
            "*admin* to run statements about permissions or settings",
        ),
        (ALICE, ANALYTICS, "insert into kept select 1", "This channel is limited to *runner*"),
        (ERIN, ANALYTICS, "select 1", "*runner* to run read-only statements. Yours is *viewer*"),
        (DANA, SHARED, "select 1", "You have no role here"),
        (CAROL, "D0CAROLODPS", "insert into kept select 1", "*writer* to change rows"),
    ],
)
def test_a_command_that_is_not_allowed_says_what_is_missing(
    team: Team, user: str, channel: str, sql: str, missing: str
) -> None:
    with team.is_denied():
        said = team.type(f"/odps run {sql}", user=user, channel=channel)

    assert missing in said
    # Alice is whom others ask.
    helps = (
        "The rules in odps-bot.toml decide this." if user == ALICE else f"Ask <@{ALICE}> for help."
    )
    assert f"Nothing was submitted or changed. {helps}" in said


def test_a_mention_is_denied_as_a_command_is(team: Team) -> None:
    with team.is_denied(2):
        carol = team.mention("@odps run insert into kept select 1", user=CAROL)
        dana = team.mention("@odps run select 1", user=DANA, channel=SHARED)

    assert "Yours is *runner*" in carol
    assert "You have no role here" in dana


def test_a_form_is_denied_as_a_command_is(team: Team) -> None:
    team.type("/odps run", user=CAROL)
    [view] = team.session.slack.views(CAROL)
    entered = {run_modal.SQL: "insert into kept select 1"}

    with team.is_denied():
        delivery = team.session.slack.submit_view(CAROL, view["id"], entered)

    assert "You need the role writer" in json.dumps(delivery.ack)
    team.session.slack.close_view(CAROL, view["id"])


def test_a_form_does_not_open_for_those_who_may_run_nothing(team: Team) -> None:
    with team.is_denied(2):
        assert "Yours is *viewer*" in team.type("/odps run", user=ERIN, channel=ANALYTICS)
        team.session.slack.shortcut(ERIN, "run_sql")

    assert team.session.slack.views(ERIN) == []


def test_others_jobs_are_not_for_everybody_to_stop(team: Team) -> None:
    card = team.card(STUCK, user=BOB)
    team.wait_for(card, "Running")

    with team.is_denied():
        said = team.click(STOP_RUN, card, user=CAROL)
    assert "You need the role *operator* to stop other people's jobs" in said

    team.session.slack.click(ALICE, DATA_ENG, card["ts"], STOP_RUN)
    team.wait_for(card, "Stopped")


def test_everybody_stops_what_is_their_own(team: Team) -> None:
    card = team.card(STUCK, user=CAROL)
    team.session.slack.click(CAROL, DATA_ENG, card["ts"], STOP_RUN)

    team.wait_for(card, "Stopped")


def test_a_write_is_not_repeated_by_those_who_may_only_read(team: Team) -> None:
    card = team.card("create table if not exists again (a bigint)", user=ALICE)
    team.wait_for(card, "Succeeded")

    with team.is_denied():
        said = team.click(RUN_AGAIN, card, user=CAROL)

    assert "You need the role *operator*" in said


def test_people_of_another_company_cannot_click_either(team: Team) -> None:
    card = team.card(STUCK, user=BOB, channel=SHARED)
    team.wait_for(card, "Running")

    with team.is_denied(2):
        said = [team.click(action, card, user=DANA) for action in (STOP_RUN, SHOW_SQL)]

    assert all("You have no role here" in text for text in said)
    team.session.slack.click(BOB, SHARED, card["ts"], STOP_RUN)
    team.wait_for(card, "Stopped")


def test_a_locked_project_is_refused_to_everybody_who_would_change_it(team: Team) -> None:
    made = team.card("create table if not exists kept (a bigint) lifecycle 7", user=ALICE)
    team.wait_for(made, "Succeeded")
    assert "is locked" in team.type("/odps lock sandbox month's end", user=ALICE)

    with team.is_denied(2):
        for user in (ALICE, BOB):
            said = team.type("/odps run insert into kept select 7", user=user)
            assert f"is locked (<@{ALICE}>, " in said
            assert "month's end." in said
    team.wait_for(team.card("select 1", user=CAROL), "Succeeded")

    assert "is unlocked" in team.type("/odps unlock sandbox", user=ALICE)
    team.wait_for(team.card("insert into kept select 7", user=BOB), "Succeeded")
