"""`/odps list`: our runs joined with what MaxCompute tells, a page at a time."""

import re
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from odps_bot.commands.list import show_page
from odps_bot.config.rules import Channel, Role, Rules
from odps_bot.errors import CommandError, UsageError
from odps_bot.input.request import Request, Surface
from odps_bot.messages.replies.lists import SHOW_PAGE
from odps_bot.runs import Stage
from workers.queries.inquiry import answer_inquiry

CHANNEL, ALICE, BOB, TEAM = "C0DATAENG1", "U0ALICE", "U0BOB", "T0SANDBOX1"
STAGE = Stage(
    name="M1",
    status="RUNNING",
    terminated_workers=7,
    running_workers=1,
    total_workers=100,
    progress_percent=0,
)
LONG = "set sandbox.duration=600; select count(*) as n from customers"


def read(world, typed=""):
    """Return the answer's text."""
    return world.inquire(f"list {typed}")[0].text


def buttons(message):
    return {
        button["action_id"].removeprefix(f"{SHOW_PAGE}:"): button["value"]
        for block in message.blocks
        if block["type"] == "actions"
        for button in block["elements"]
    }


def test_nothing_is_said_to_be_nothing(world):
    assert "none" in read(world)


def test_a_running_job_is_listed_with_its_requester_and_progress(world):
    run = world.submit(world.ask(f"run {LONG}"))
    world.wait_until_running(1)
    run = world.look(run)
    world.maxcompute.clear_requests()

    said = read(world)

    assert f"|{run.name}>" in said
    assert f"<@{ALICE}>" in said
    assert f"{run.progress_percent}%" in said
    assert "customers" in said
    assert world.maxcompute.requests() == []


def test_a_list_of_a_project_shows_the_figure_that_the_card_shows(world):
    run = world.submit(world.ask(f"run {LONG}"))
    world.wait_until_running(1)
    world.services.stores.runs.note(run.run_id, stages=(STAGE,), progress_percent=7)

    assert "7%" in read(world, "all")


def test_of_an_old_figure_a_list_says_how_old_it_is(world):
    run = world.submit(world.ask(f"run {LONG}"))
    world.wait_until_running(1)
    world.look(run)
    world.clock.push(minutes=5)

    assert re.search(r"\d+% \(5 m( \d+ s)? ago\)", read(world))


def test_jobs_of_a_project_include_those_of_other_owners(world, somebody_else):
    run = world.submit(world.ask(f"run {LONG}"))
    foreign = somebody_else.run_sql("set sandbox.duration=600; select 'secret' from pyodps_iris")
    world.wait_until_running(2)

    said = read(world, "all")

    assert f"<@{ALICE}>" in said
    assert foreign.id in said
    assert "other@example.com" in said
    assert "secret" not in said
    assert f"|{run.name}>" in said


def test_a_list_of_a_project_is_one_request(world, somebody_else):
    for _ in range(5):
        somebody_else.run_sql(LONG)
    world.maxcompute.clear_requests()

    read(world, "all")

    assert [r.path.rpartition("/")[2] for r in world.maxcompute.requests()] == ["cachedinstances"]


def test_jobs_of_another_channel_show_no_sql(world):
    interaction_id = world.say(f"run {LONG}")
    world.submit(world.run(interaction_id))
    inquiry_id = world.say("list all")
    inquiry = world.services.stores.ephemeral_replies.inquiry(inquiry_id)
    elsewhere = type(inquiry)(
        team_id=TEAM, channel_id="C0ANALYTIC", user_id=BOB, choice=inquiry.choice
    )

    [best, *_] = answer_inquiry(inquiry_id, elsewhere, world.services)

    assert f"<@{ALICE}>" in best.text
    assert "customers" not in best.text


def test_other_projects_that_the_channel_may_use_are_named(world):
    settings = replace(world.services.settings, projects=("sandbox", "analytics", "hr"))
    channels = {CHANNEL: Channel(projects=("sandbox", "analytics"))}
    rules = msgspec.structs.replace(world.services.rules, channels=channels)
    world.services = replace(world.services, settings=settings, rules=rules)

    said = read(world, "all")

    assert "Other projects: `analytics` (`/odps list project analytics`)." in said
    assert "hr" not in said


def test_what_waits_stands_behind_what_runs_in_the_order_of_its_queue(world):
    runs = [
        world.submit(world.ask("run set sandbox.queue=600; select 1 as waiting")) for _ in range(2)
    ]
    runs.append(world.submit(world.ask("run set sandbox.duration=600; select 2 as running")))
    world.wait_until_running(1)
    for run in runs:
        world.look(run)

    said = read(world)

    assert said.index("as running") < said.index("1st in the queue") < said.index("2nd in the")


def test_failures_are_told_from_what_we_remember_and_nobody_is_asked(world):
    world.finish(world.ask("run select * from no_such_table"))
    world.finish(world.ask("run select 1 as fine"))
    world.maxcompute.clear_requests()

    said = read(world, "failed")

    assert "no_such_table" in said
    assert "as fine" not in said
    assert "runs per person or channel" in said
    assert world.maxcompute.requests() == []


def test_today_begins_at_midnight_in_the_time_zone_of_the_rules(world):
    rules = Rules(default_role=Role.ADMIN, time_zone="Asia/Shanghai")
    world.services = replace(world.services, rules=rules)
    midnight = rules.beginning_of_today(world.clock()) + timedelta(days=1)
    world.clock.push(seconds=(midnight - world.clock()).total_seconds() - 60)
    world.finish(world.ask("run select 1 as yesterday"))
    world.clock.push(minutes=2)
    world.finish(world.ask("run select 2 as today"))

    said = read(world, "mine today")

    assert "as today" in said
    assert "as yesterday" not in said
    assert f"runs since <!date^{int(midnight.timestamp())}^" in said


def test_pages_are_turned_by_buttons_that_say_where(world):
    for n in range(45):
        world.ask(f"run select {n} as n")

    first = world.inquire("list mine")[0]
    request = Request(
        team_id=TEAM,
        channel_id=CHANNEL,
        user_id=ALICE,
        trigger_id="turn",
        surface=Surface.ACTION,
        answers_question=True,
    )
    said = show_page(buttons(first)["next"], request, world.services)
    second = world.answer(request.interaction_id)[0]

    assert said is None
    assert world.services.stores.ephemeral_replies.address(request.interaction_id).replaces
    assert "1-20 of 45" in first.text
    assert "21-40 of 45" in second.text
    assert set(buttons(first)) == {"next"}
    assert set(buttons(second)) == {"previous", "next"}


def test_a_page_that_is_no_longer_there_shows_the_last_one(world):
    world.ask("run select 1 as n")
    interaction_id = world.say("list mine")
    inquiry = world.services.stores.ephemeral_replies.inquiry(interaction_id)
    beyond = type(inquiry)(
        team_id=TEAM, channel_id=CHANNEL, user_id=ALICE, choice=inquiry.choice, page=9
    )

    assert (
        "*Your active runs* · 1" in answer_inquiry(interaction_id, beyond, world.services)[0].text
    )


@pytest.mark.parametrize("value", ["", "x", "all running", "all running x", "all running 99999999"])
def test_a_button_that_nobody_made_is_refused(world, value):
    request = Request(team_id=TEAM, channel_id=CHANNEL, user_id=ALICE, trigger_id="odd")

    with pytest.raises(CommandError, match="no longer works"):
        show_page(value, request, world.services)


def test_a_page_of_a_forbidden_project_is_refused(world):
    request = Request(team_id=TEAM, channel_id=CHANNEL, user_id=ALICE, trigger_id="odd")

    with pytest.raises(CommandError, match="secret_project"):
        show_page("all running 0 secret_project", request, world.services)


def test_with_maxcompute_out_of_reach_our_own_are_still_listed(world, monkeypatch):
    world.submit(world.ask(f"run {LONG}"))
    world.maxcompute.stop()

    said = read(world)

    assert "customers" in said
    assert "I can't reach MaxCompute" in read(world, "all")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("running mine", "Your active runs"),
        ("project sandbox", "Running in `sandbox`"),
        ("all in project sandbox", "Running in `sandbox`"),
        ("--project=sandbox failed", "failed runs in `sandbox`"),
        ("FAILED Mine", "Your failed runs"),
    ],
)
def test_words_come_in_any_order(world, typed, shown):
    assert shown in read(world, typed)


@pytest.mark.parametrize(
    "typed", ["mine all", "failed today", "everyhting", "project", "project a b"]
)
def test_words_that_mean_nothing_are_refused_with_the_usage(world, typed):
    with pytest.raises(UsageError):
        world.say(f"list {typed}")


def test_a_list_of_hundreds_keeps_within_slacks_limits(world):
    world.clock.push(seconds=1)
    for n in range(60):
        world.ask(f"run select '<!channel> {'x' * 300}' as n{n}")

    [best] = world.inquire("list mine")

    assert "<!channel>" not in best.text + str(best.blocks)
