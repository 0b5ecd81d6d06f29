"""The App Home as a person sees it, published from the records; Slack says no in every way."""

import json
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from odps_bot.config.rules import Role, Rules
from odps_bot.messages.run_link import run_link
from odps_bot.runs import RunState
from odps_bot.slack.errors import RateLimitedError
from odps_bot.store import keys
from odps_bot.store.homes import HomeList
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.preferences import NotifyStyle
from odps_bot.store.project_locks import ProjectLock
from odps_bot.store.rate_limits import PUBLISH_LIMIT
from workers.delivery import home

CHANNEL, ALICE, BOB, TEAM = "C0DATAENG1", "U0ALICE", "U0BOB", "T0SANDBOX1"
DIRECT = "D0ALICEODPS"


@pytest.fixture
def homes(world):
    return world.services.stores.homes


@pytest.fixture
def opened(world, homes):
    """Alice's Home, which is open and published."""
    opens(world, homes)
    return homes


def opens(world, homes, user=ALICE):
    homes.open(TEAM, user, now=world.clock())
    world.services.stores.outbox.enqueue(NotificationKind.HOME, f"{TEAM} {user}")
    world.deliver()


def shown(world, user=ALICE):
    """Return all that somebody's Home shows, or nothing.

    Block ids are left out: Slack makes up those that the bot does not give, of random letters.
    """
    view = world.slack.home(user)
    blocks = view["blocks"] if view else []
    told = [
        {name: value for name, value in block.items() if name != "block_id"} for block in blocks
    ]
    return json.dumps(told, ensure_ascii=False) if view else ""


def publications(world):
    return [entry for entry in world.slack.traffic() if entry["method"] == "views.publish"]


def is_waiting(world):
    return world.services.stores.outbox.waiting()[NotificationKind.HOME] == 1


def test_a_newcomer_is_shown_the_first_command(world, opened):
    assert "/odps run select 1" in shown(world)


def test_the_home_shows_how_a_run_goes_on_and_ends(world, homes):
    run = world.submit(world.ask("run select count(*) as n from pyodps_iris"))
    opens(world, homes)
    assert f"{run_link(world.run(run.run_id))} in `sandbox`" in shown(world)
    assert "stop_run" in shown(world)
    homes.free_turn(TEAM, ALICE)

    world.follow(run)
    world.deliver()
    assert "*Succeeded*" in shown(world)
    assert "Re-run" in shown(world)
    assert "stop_run" not in shown(world)


def test_changes_come_at_most_every_ten_seconds_and_the_last_one_in_the_end(world, opened):
    run = world.submit(world.ask("run select 1 as one"))
    world.follow(run)
    world.deliver()
    before = len(publications(world))
    waits = is_waiting(world)
    world.services.redis.delete(keys.home_turn(TEAM, ALICE))
    world.make_all_due()
    world.deliver()

    assert before == 1
    assert waits
    assert len(publications(world)) == 2
    assert "*Succeeded*" in shown(world)


def test_a_home_that_nobody_looks_at_is_left_alone(world):
    world.finish(world.ask("run select 1 as one"))

    assert publications(world) == []
    assert not is_waiting(world)


def test_a_home_that_was_closed_meanwhile_is_forgotten(world, opened):
    world.services.redis.delete(keys.home(TEAM, ALICE))
    world.services.stores.outbox.enqueue(NotificationKind.HOME, f"{TEAM} {ALICE}")
    world.deliver()

    assert len(publications(world)) == 1
    assert not is_waiting(world)


def test_the_team_sees_who_runs_what_where_but_not_the_statement(world, homes):
    run = world.submit(world.ask("run select count(*) as secret from pyodps_iris"))

    opens(world, homes, BOB)
    assert f"{run_link(world.run(run.run_id))} in `sandbox`" in shown(world, BOB)
    assert f"<@{ALICE}> in <#{CHANNEL}>" in shown(world, BOB)
    assert "secret" not in shown(world, BOB)
    assert "stop_run" not in shown(world, BOB)


def test_who_may_not_see_jobs_sees_their_own_only(world, homes):
    rules = msgspec.structs.replace(world.services.rules, users={BOB: Role.NONE})
    world.services = replace(world.services, rules=rules)
    run = world.submit(world.ask("run select 1 as one"))

    opens(world, homes, BOB)
    assert run.name not in shown(world, BOB)
    assert "rest of the team" not in shown(world, BOB)


def test_runs_of_another_workspace_are_nobody_heres_business(world, homes):
    run = world.submit(world.ask("run select 1 as one"))
    homes.open("T0OTHER", BOB, now=world.clock())
    world.services.stores.outbox.enqueue(NotificationKind.HOME, f"T0OTHER {BOB}")
    world.deliver()

    assert run.name not in shown(world, BOB)


def test_three_hundred_runs_are_paged(world, homes, make_run, create):
    for number in range(299):
        owner = ALICE if number < 30 else BOB
        run = make_run(
            run_id=f"id{number}",
            name=f"r{number}",
            team_id=TEAM,
            channel_id=CHANNEL,
            user_id=owner,
            state=RunState.RUNNING,
            requested_at=world.clock() - timedelta(seconds=number),
        )
        create(world.services.stores.runs, run, overdue_in=timedelta(hours=1))
    opens(world, homes)
    first = shown(world)
    homes.touch(TEAM, ALICE, now=world.clock(), turned=(HomeList.TEAM, 999))
    world.services.stores.outbox.enqueue(NotificationKind.HOME, f"{TEAM} {ALICE}")
    world.deliver()

    assert "*30* yours · *269* of the rest of the team" in first
    assert ("*r30*" in first, "*r298*" in first) == (True, False)
    assert ("*r30*" in shown(world), "*r298*" in shown(world)) == (False, True)
    assert len(world.slack.home(ALICE)["blocks"]) <= 100


def test_maxcompute_is_not_asked(world, homes):
    world.submit(world.ask("run select 1 as one"))
    world.deliver()
    world.maxcompute.clear_requests()
    opens(world, homes)

    assert "My active runs" in shown(world)
    assert world.maxcompute.requests() == []


class TestWhenSlackSaysNo:
    def test_for_now_it_is_published_later(self, world, homes):
        world.slack.faults.add(method="views.publish", kind="ratelimited", retry_after=7)
        opens(world, homes)
        assert shown(world) == ""
        assert is_waiting(world)

        world.make_all_due()
        world.deliver()
        assert "MaxCompute runs" in shown(world)

    def test_with_a_conflict_it_is_published_again(self, world, homes):
        world.slack.faults.add(method="views.publish", kind="error", code="hash_conflict")
        opens(world, homes)
        world.make_all_due()
        world.deliver()

        assert "MaxCompute runs" in shown(world)
        assert not is_waiting(world)

    def test_to_what_it_shows_a_plain_one_follows(self, world, homes):
        world.slack.faults.add(method="views.publish", kind="error", code="invalid_arguments")
        opens(world, homes)

        assert "No active runs." in shown(world)
        assert "Run SQL" not in shown(world)
        assert not is_waiting(world)

    def test_because_there_is_no_home_tab_it_is_given_up(self, world, homes):
        world.slack.faults.add(method="views.publish", kind="error", code="not_enabled")
        opens(world, homes)

        assert shown(world) == ""
        assert not is_waiting(world)

    def test_nothing_it_is_published_later(self, world, homes):
        world.slack.faults.add(method="views.publish", kind="drop_before")
        opens(world, homes)
        assert is_waiting(world)

        homes.free_turn(TEAM, ALICE)
        world.make_all_due()
        world.deliver()
        assert "MaxCompute runs" in shown(world)


def test_when_calls_are_scarce_they_are_left_to_whoever_waits(world, opened):
    world.services.stores.rate_limiter.pause(PUBLISH_LIMIT, timedelta(0))  # leaves one
    opened.free_turn(TEAM, ALICE)
    world.clock.push(seconds=31)
    with pytest.raises(RateLimitedError):
        home.deliver_home(f"{TEAM} {ALICE}", world.services)
    opens(world, opened)

    assert len(publications(world)) == 2


def test_a_home_that_must_wait_is_not_made(world, opened, monkeypatch):
    made = []
    monkeypatch.setattr(home, "home_of", lambda *_: made.append(1))
    world.services.stores.rate_limiter.pause(PUBLISH_LIMIT, timedelta(minutes=1))
    opened.free_turn(TEAM, ALICE)
    with pytest.raises(RateLimitedError):
        home.deliver_home(f"{TEAM} {ALICE}", world.services)

    assert made == []


def test_homes_are_published_thirty_at_once_and_then_ninety_a_minute():
    assert PUBLISH_LIMIT.burst == 30
    assert PUBLISH_LIMIT.per_second * 60 == 90


class TestNotifyStyles:
    def ends(self, world, style, sql="select 1 as one"):
        world.services.stores.preferences.choose_notify(TEAM, ALICE, style)
        run = world.finish(world.ask(f"run {sql}"))
        world.make_all_due()
        world.deliver()
        return run

    def replies(self, world, run):
        posted = world.run(run.run_id)
        thread = world.slack.thread(CHANNEL, posted.card_ts)
        return [m["text"] for m in thread if f"run {run_link(posted)} " in m["text"]]

    def direct_messages(self, world):
        return [m["text"] for m in world.slack.messages(DIRECT) if m.get("bot_id")]

    def test_thread_mentions_and_sends_nothing_else(self, world):
        run = self.ends(world, NotifyStyle.THREAD)

        [reply] = self.replies(world, run)
        assert reply.startswith(f"<@{ALICE}> ")
        assert self.direct_messages(world) == []

    def test_direct_sends_one_message_that_leads_to_the_reply(self, world):
        run = self.ends(world, NotifyStyle.DIRECT)
        world.services.stores.outbox.enqueue(NotificationKind.COMPLETION, run.run_id)
        world.deliver()

        [reply] = self.replies(world, run)
        [direct] = self.direct_messages(world)
        assert reply.startswith(f"<@{ALICE}> ")
        assert f"run {run_link(world.run(run.run_id))} succeeded: 1 row" in direct
        assert "|the reply>" in direct
        assert f"<#{CHANNEL}>" in direct

    def test_direct_names_the_channel_where_slack_gives_no_link(self, world):
        world.slack.faults.add(method="chat.getPermalink", kind="error", code="channel_not_found")
        self.ends(world, NotifyStyle.DIRECT)

        [direct] = self.direct_messages(world)
        assert direct.endswith(f"see <#{CHANNEL}>.")

    def test_failures_leaves_a_success_without_a_mention(self, world):
        run = self.ends(world, NotifyStyle.FAILURES)

        [reply] = self.replies(world, run)
        assert ALICE not in reply

    def test_failures_mentions_when_it_failed(self, world):
        run = self.ends(world, NotifyStyle.FAILURES, "select * from no_such_table")

        [reply] = self.replies(world, run)
        assert reply.startswith(f"<@{ALICE}> ")


def test_whoever_may_run_nothing_is_offered_nothing_and_told_whom_to_ask(world, homes):
    rules = Rules(default_role=Role.VIEWER, contact="#data-platform")
    world.services = replace(world.services, rules=rules)
    opens(world, homes)

    said = shown(world)
    assert "Run SQL" not in said
    assert (
        "You need the role *runner* to run read-only statements. Yours is *viewer*."
        " Ask #data-platform for help."
    ) in said


def test_a_locked_project_is_told_to_those_who_may_see_it(world, homes):
    lock = ProjectLock(project="sandbox", reason="month's end", user_id=BOB, at=world.clock())
    world.services.stores.locks.lock(lock)
    opens(world, homes)

    assert f":lock: `sandbox` is locked (<@{BOB}>, " in shown(world)
