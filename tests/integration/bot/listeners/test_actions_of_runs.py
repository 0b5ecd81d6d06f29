"""The buttons of a run as Bolt hears them, by the right and by the wrong person."""

import json
from typing import Any

import pytest
from redis import Redis
from slack_bolt import App, BoltRequest
from slack_bolt.authorization import AuthorizeResult

from odps_bot import listeners
from odps_bot.messages import Message
from odps_bot.messages.replies.row_actions import ROW
from odps_bot.messages.run.buttons import (
    CONFIRM_RUN_AGAIN,
    LEAVE_IT,
    NOTIFY_ME,
    QUESTION,
    RUN_AGAIN,
    SEND_CHART,
    SEND_CSV,
    SHOW_RESULT,
    SHOW_SQL,
    STOP_RUN,
)
from odps_bot.runs import Run, RunState, Table
from odps_bot.services import Services
from odps_bot.store import keys
from odps_bot.store.job_queue import SUBMIT_RUN

INSTANCE_ID = "20261122120001123gabcde"

TABLE = Table(columns=("a",), rows=(("1",),), column_count=1, row_count=1, types=("bigint",))

BUTTONS = [NOTIFY_ME, RUN_AGAIN, CONFIRM_RUN_AGAIN, SEND_CSV, SEND_CHART, SHOW_RESULT, SHOW_SQL]


class Views:
    """Remembers the windows that were opened."""

    def __init__(self) -> None:
        self.opened: list[dict[str, Any]] = []

    def open(self, trigger_id: str, view: dict[str, Any]) -> str:
        assert trigger_id
        self.opened.append(view)
        return "V1"


class Hand:
    """Clicks, and tells what came of it."""

    def __init__(self, services: Services, bot: Any) -> None:
        self.services = services
        self.bot = bot
        self.clicks = 0
        who = AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1")
        self.app = App(
            client=services.slack.gateway._client,
            authorize=lambda: who,
            process_before_response=True,
            token_verification_enabled=False,
        )
        listeners.register(self.app, services)

    def clicks_on(
        self,
        action_id: str,
        run: Run,
        *,
        user: str = "U1",
        channel: str | None = "C1",
        thread_ts: str | None = None,
        is_private: bool = False,
        block_id: str = "b",
    ) -> list[Message]:
        """Click, and return the forms of the private answer; none where there is no answer."""
        self.clicks += 1
        where = {
            "type": "message",
            "message_ts": "1.1",
            "channel_id": channel,
            "is_ephemeral": is_private,
        }
        home = {"type": "view", "view_id": "V0"}
        body = {
            "type": "block_actions",
            "team": {"id": "T1"},
            "user": {"id": user},
            "container": home if channel is None else where | {"thread_ts": thread_ts},
            "trigger_id": f"{self.clicks}.5.6",
            "response_url": "" if channel is None else "https://hooks.slack.com/actions/1/2/3",
            "actions": [
                {
                    "type": "button",
                    "action_id": action_id,
                    "block_id": block_id,
                    "value": run.run_id,
                }
            ],
        }
        response = self.app.dispatch(BoltRequest(body=body, mode="socket_mode"))
        assert (response.status, response.body) == (200, "")
        for about in self.bot.told():
            kind, _, interaction_id = about.partition(":")
            if kind == "ephemeral":
                self.address = self.services.stores.ephemeral_replies.address(interaction_id)
                return list(self.services.stores.ephemeral_replies.answer(interaction_id))
        return []

    def reads(self, action_id: str, run: Run, **facts: Any) -> str:
        """Click, and return what the person reads."""
        forms = self.clicks_on(action_id, run, **facts)
        return forms[0].text if forms else ""


@pytest.fixture
def views() -> Views:
    return Views()


@pytest.fixture
def hand(services: Services, views: Views, bot: Any) -> Hand:
    services.slack.gateway._quick_views = views
    return Hand(services, bot)


@pytest.fixture
def ended(alice: Any, bot: Any) -> Run:
    """Alice's query in #C1, which has succeeded with a row."""
    return brought(alice, bot, "select a from t", RunState.SUCCEEDED, table=TABLE)


@pytest.fixture
def running(alice: Any, bot: Any) -> Run:
    return brought(alice, bot, "select a from t", RunState.RUNNING)


@pytest.fixture
def write(alice: Any, bot: Any) -> Run:
    return brought(alice, bot, "insert into t values (1)", RunState.SUCCEEDED)


def brought(alice: Any, bot: Any, sql: str, state: RunState, **facts: Any) -> Run:
    alice.types(f"run {sql}")
    run: Run = bot.bring(bot.newest_run(), state, instance_id=INSTANCE_ID, **facts)
    bot.told()
    return run


@pytest.mark.parametrize("action_id", BUTTONS)
def test_a_run_of_another_channel_is_closed_to_others(
    hand: Hand, ended: Run, bot: Any, action_id: str, views: Views
) -> None:
    said = hand.reads(action_id, ended, user="U2", channel="C2")

    assert said == ":x: This run belongs to another channel. Nothing was changed."
    assert bot.all_runs() == [ended]
    assert views.opened == []


@pytest.mark.parametrize("action_id", [NOTIFY_ME, RUN_AGAIN, SEND_CSV, SHOW_RESULT])
def test_in_the_app_home_the_owner_may(hand: Hand, ended: Run, action_id: str) -> None:
    assert "another channel" not in hand.reads(action_id, ended, channel=None)
    assert "another channel" in hand.reads(action_id, ended, channel=None, user="U2")


def test_sql_opens_a_window_with_the_whole_statement(hand: Hand, ended: Run, views: Views) -> None:
    answer = hand.clicks_on(SHOW_SQL, ended, user="U2")

    assert answer == []
    assert "select a from t" in json.dumps(views.opened)


def test_the_statement_of_what_was_taken_up_may_not_be_known(
    hand: Hand, alice: Any, bot: Any
) -> None:
    alice.types("run select 1")
    run = bot.bring(
        bot.newest_run(),
        RunState.SUCCEEDED,
        sql=f"-- instance {INSTANCE_ID}",
        tracked_instance_id=INSTANCE_ID,
        instance_id=INSTANCE_ID,
    )
    bot.told()

    assert "doesn't give me the statement" in hand.reads(SHOW_SQL, run)
    assert "doesn't give me the statement" in hand.reads(RUN_AGAIN, run)


class TestNotifyMe:
    def test_lets_the_end_mention_whoever_clicks(self, hand: Hand, running: Run, bot: Any) -> None:
        said = hand.reads(NOTIFY_ME, running, user="U2")

        assert said == ":bell: You will be mentioned when run *r1* ends."
        assert bot.newest_run().notify == ("U2",)

    def test_says_so_at_the_second_click(self, hand: Hand, running: Run, bot: Any) -> None:
        hand.clicks_on(NOTIFY_ME, running, user="U2")

        assert "You will already be mentioned" in hand.reads(NOTIFY_ME, running, user="U2")
        assert bot.newest_run().notify == ("U2",)

    def test_has_nothing_to_add_for_the_requester(self, hand: Hand, running: Run, bot: Any) -> None:
        assert "is yours" in hand.reads(NOTIFY_ME, running)
        assert bot.newest_run().notify == ()

    def test_comes_too_late_for_a_run_that_has_ended(self, hand: Hand, ended: Run) -> None:
        assert "already ended" in hand.reads(NOTIFY_ME, ended, user="U2")

    def test_has_room_for_twenty_people(self, hand: Hand, running: Run, bot: Any) -> None:
        for n in range(19):
            hand.clicks_on(NOTIFY_ME, running, user=f"U1{n:02}")

        assert "which is the limit" in hand.reads(NOTIFY_ME, running, user="U300")
        assert len(bot.newest_run().notify) == 19


class TestCsv:
    def test_is_booked_with_a_word_at_once(
        self, hand: Hand, ended: Run, services: Services
    ) -> None:
        said = hand.reads(SEND_CSV, ended)

        assert "Posting run *r1* as a CSV file in its thread" in said
        assert services.stores.ephemeral_replies.is_file_requested("csv", ended.run_id)

    def test_is_not_sent_twice(self, hand: Hand, ended: Run, services: Services) -> None:
        services.stores.runs.note(ended.run_id, csv_ts="1.1", chart_ts="1.2")

        assert "already in the thread of run *r1*" in hand.reads(SEND_CSV, ended)
        assert "already in the thread of run *r1*" in hand.reads(SEND_CHART, ended)

    def test_needs_rows(self, hand: Hand, write: Run) -> None:
        assert "has no rows" in hand.reads(SEND_CSV, write)

    def test_leaves_the_private_table_that_it_stands_below(self, hand: Hand, ended: Run) -> None:
        hand.clicks_on(SEND_CSV, ended, is_private=True)

        assert not hand.address.replaces


class TestRunAgain:
    def test_repeats_a_read_at_once_where_it_was_clicked(
        self, hand: Hand, ended: Run, bot: Any
    ) -> None:
        said = hand.reads(RUN_AGAIN, ended, user="U2", thread_ts="1.5")

        again = bot.newest_run("U2")
        assert said == ""
        assert (again.sql, again.project) == (ended.sql, ended.project)
        assert (again.rerun_of, again.user_id, again.thread_ts) == ("r1", "U2", "1.5")
        assert (SUBMIT_RUN, {"run_id": again.run_id}) in bot.enqueued_jobs()

    @pytest.mark.parametrize("thread_ts", [None, "1.1"])
    def test_stands_in_the_channel_when_the_card_does(
        self, hand: Hand, ended: Run, bot: Any, thread_ts: str | None
    ) -> None:
        hand.clicks_on(RUN_AGAIN, ended, thread_ts=thread_ts)

        assert bot.newest_run().thread_ts is None

    def test_clicked_twice_runs_once(self, hand: Hand, ended: Run, bot: Any) -> None:
        hand.clicks_on(RUN_AGAIN, ended)

        assert "*r1* is re-run as *r2*" in hand.reads(RUN_AGAIN, ended)
        assert len(bot.all_runs()) == 2

    def test_clicked_later_runs_again(self, hand: Hand, ended: Run, bot: Any, redis: Redis) -> None:
        hand.clicks_on(RUN_AGAIN, ended)
        first = keys.rerun_click(ended.run_id, "U1")
        assert 9 <= redis.ttl(first) <= 10

        redis.delete(first)
        hand.clicks_on(RUN_AGAIN, ended)
        assert len(bot.all_runs()) == 3

    def test_keeps_hints_and_priority(self, hand: Hand, alice: Any, bot: Any) -> None:
        ended = brought(alice, bot, "select 1", RunState.FAILED, hints={"a": "b"}, priority=3)
        hand.clicks_on(RUN_AGAIN, ended)

        assert (bot.newest_run().hints, bot.newest_run().priority) == ({"a": "b"}, 3)

    def test_asks_before_a_write_and_names_the_statement(
        self, hand: Hand, write: Run, bot: Any
    ) -> None:
        (question,) = hand.clicks_on(RUN_AGAIN, write)

        assert "may change data" in question.text
        assert "insert into t values (1)" in json.dumps(question.blocks)
        assert bot.all_runs() == [write]

    def test_from_the_app_home_points_to_the_card_of_a_write(
        self, hand: Hand, write: Run, bot: Any
    ) -> None:
        assert "<#C1>" in hand.reads(RUN_AGAIN, write, channel=None)
        assert bot.all_runs() == [write]

    def test_from_the_app_home_repeats_a_read_where_it_ran(
        self, hand: Hand, ended: Run, bot: Any
    ) -> None:
        said = hand.reads(RUN_AGAIN, ended, channel=None)

        assert "its card is in <#C1>" in said
        assert bot.newest_run().channel_id == "C1"

    def test_waits_for_the_end(self, hand: Hand, running: Run, bot: Any) -> None:
        assert "hasn't ended yet" in hand.reads(RUN_AGAIN, running)
        assert bot.all_runs() == [running]


class TestTheQuestion:
    def answers(self, hand: Hand, action_id: str, run: Run, **facts: Any) -> str:
        return hand.reads(action_id, run, is_private=True, block_id=QUESTION, **facts)

    def test_is_answered_with_yes_once_however_often_it_is_clicked(
        self, hand: Hand, write: Run, bot: Any
    ) -> None:
        hand.clicks_on(RUN_AGAIN, write)

        first = self.answers(hand, CONFIRM_RUN_AGAIN, write)
        second = self.answers(hand, CONFIRM_RUN_AGAIN, write)

        assert "*r1* is re-run as *r2*" in first
        assert second == first
        assert len(bot.all_runs()) == 2
        assert hand.address.replaces

    def test_is_answered_by_whoever_was_asked_only(self, hand: Hand, write: Run, bot: Any) -> None:
        hand.clicks_on(RUN_AGAIN, write)

        said = self.answers(hand, CONFIRM_RUN_AGAIN, write, user="U2")

        assert "Nothing was submitted" in said
        assert bot.all_runs() == [write]

    def test_is_answered_with_no(self, hand: Hand, write: Run, bot: Any) -> None:
        hand.clicks_on(RUN_AGAIN, write)

        assert "is not re-run" in self.answers(hand, LEAVE_IT, write)
        assert "already answered" in self.answers(hand, CONFIRM_RUN_AGAIN, write)
        assert bot.all_runs() == [write]

    def test_expires(self, hand: Hand, write: Run, bot: Any, redis: Redis) -> None:
        hand.clicks_on(RUN_AGAIN, write)
        (key,) = redis.keys("odps-bot:question:*")
        assert 0 < redis.ttl(key) <= 1_800
        redis.delete(key)

        assert "has expired" in self.answers(hand, CONFIRM_RUN_AGAIN, write)
        assert bot.all_runs() == [write]

    def test_is_asked_again_of_a_project_that_may_no_longer_be_used(
        self, hand: Hand, write: Run, bot: Any, services: Services
    ) -> None:
        bot.bring(write, RunState.SUCCEEDED, project="taken_away")
        bot.told()

        assert "I don't have access to project" in hand.reads(RUN_AGAIN, write)


class TestPrivateOffers:
    @pytest.mark.parametrize("action_id", [STOP_RUN, SHOW_RESULT, RUN_AGAIN])
    def test_are_replaced_by_what_was_decided(self, hand: Hand, ended: Run, action_id: str) -> None:
        answer = hand.clicks_on(action_id, ended, is_private=True, block_id=f"{QUESTION}-3")

        assert answer
        assert hand.address.replaces

    @pytest.mark.parametrize("action_id", [STOP_RUN, SHOW_RESULT])
    def test_of_a_list_stay_when_something_is_done_with_a_row(
        self, hand: Hand, ended: Run, action_id: str
    ) -> None:
        hand.clicks_on(action_id, ended, is_private=True, block_id=f"{ROW}{ended.run_id}")

        assert not hand.address.replaces

    def test_of_a_stopped_row_say_so_beside_the_list(self, hand: Hand, running: Run) -> None:
        row = f"{ROW}{running.run_id}"
        said = hand.reads(STOP_RUN, running, is_private=True, block_id=row)

        assert "Stopping run *r1*" in said
        assert not hand.address.replaces

    def test_of_a_stop_say_that_it_was_asked_for(self, hand: Hand, running: Run) -> None:
        said = hand.reads(STOP_RUN, running, is_private=True)

        assert "Stopping run *r1*" in said
        assert hand.address.replaces
