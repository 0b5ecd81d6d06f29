"""`/odps why`: MaxCompute is asked now; whatever it doesn't tell is left out and named."""

from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

import pytest

from odps_bot.commands.why import why_of_value
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.diagnosis.snapshots import Snapshot, Stage, SubStatus
from odps_bot.errors import CommandError
from odps_bot.history.past_run import PastRun, statement_of
from odps_bot.input.request import Request, Surface
from odps_bot.maxcompute_clients import Purpose
from odps_bot.sandbox.maxcompute.faults import forbid, refuse

CHANNEL, ALICE, TEAM = "C0DATAENG1", "U0ALICE", "T0SANDBOX1"

SKEW = Finding(
    kind=Kind.SKEW,
    since=datetime(2026, 11, 22, 12, tzinfo=UTC),
    confidence=Confidence.SURE,
    remedy=Remedy.SKEW_JOIN,
    numbers={"workers": 50, "ended": 49, "mean_s": 40, "age_s": 120, "ratio": 3},
    stage="J2_1",
    worker=49,
)


def living(life, from_s):
    """Return a statement whose instance plays a life of the sandbox, from this second on."""
    return f"set sandbox.life={life}; set sandbox.life.from={from_s}; select name from customers"


def run_stages(world, instance_id):
    """Wait until one of its workers runs."""
    client = world.services.maxcompute.of("sandbox", Purpose.QUERY)
    instance = client.get_instance(instance_id, project="sandbox")
    deadline = monotonic() + 30
    while not any(s.running_workers for s in instance.get_task_progress().stages):
        assert monotonic() < deadline
        sleep(0.05)


def why(world, text):
    return world.inquire(f"why {text}")[0]


def test_a_running_job_is_explained_with_its_state_and_buttons(world):
    run = world.submit(world.ask("run set sandbox.duration=600; select count(*) from customers"))
    run_stages(world, run.instance_id)

    said = why(world, run.name)

    assert f"|{run.name}> slow?" in said.text
    assert "Running" in said.text
    assert "as of" in said.text
    assert [button["action_id"] for button in said.blocks[-1]["elements"]] == [
        "refresh_why",
        "stop_run",
        "show_logview",
    ]


def test_a_waiting_job_is_explained_with_its_place_and_who_runs_meanwhile(world, somebody_else):
    somebody_else.run_sql("set sandbox.duration=600; select count(*) from customers")
    world.wait_until_running(1)
    run = world.submit(world.ask(f"run {living('wait_quota', 200)}"))

    said = why(world, run.name)

    assert "queued?" in said.text
    assert "Waiting for quota `etl`" in said.text
    assert "place 5 of 9" in said.text
    assert "Queued for the quota (now): 2 m 5" in said.text
    assert "*Running in `sandbox` now* (1 job, by CPU)" in said.text
    assert "other@example.com" in said.text


def test_who_runs_meanwhile_in_another_channel_is_not_named(world):
    other = world.submit(world.ask("run set sandbox.duration=600; select count(*) from customers"))
    world.services.stores.runs.note(other.run_id, channel_id="C0PRIVATE1", user_id="U0BOB")
    world.wait_until_running(1)
    run = world.submit(world.ask(f"run {living('wait_quota', 200)}"))

    said = why(world, run.name)

    assert "a run of another channel" in said.text
    assert other.instance_id not in str(said)
    assert "U0BOB" not in str(said)


def test_a_skewed_job_is_explained_stage_by_stage_with_its_worker_and_remedy(world):
    run = world.submit(world.ask(f"run {living('skew', 195)}"))

    said = why(world, run.name)

    assert "`J2_1`: 49 of 50 workers ended after 40 s; worker 49 has 3" in said.text
    assert "M1 · 40 workers: 40 s" in said.text
    assert "J2_1 · 49 of 50 workers ended (now): 2 m" in said.text
    labels = [button["text"]["text"] for button in said.blocks[-1]["elements"]]
    assert labels == ["Refresh", "Worker log", "Stop", "Logview"]


def test_why_says_what_the_card_says_in_the_last_minute_of_a_skewed_job(world):
    run = world.submit(world.ask(f"run {living('skew', 1_225)}"))
    world.services.stores.runs.note(run.run_id, finding=SKEW)

    said = why(world, run.name)

    assert "worker 49 has 29x the records. Less than 1 min to go." in said.text


def test_a_healthy_job_is_said_to_be_held_up_by_nothing(world):
    run = world.submit(world.ask(f"run {living('long_stage', 600)}"))

    assert "I see nothing that holds it up" in why(world, run.name).text


def test_an_ended_job_that_nobody_watched_is_explained_by_its_summary(world, somebody_else):
    foreign = somebody_else.run_sql(f"set sandbox.life.speed=5000; {living('skew', 0)}")
    foreign.wait_for_completion()

    said = why(world, foreign.id)

    assert "`J2_1`: 49 of 50 workers ended after 40 s; worker 49 has 30x the records" in said.text
    assert "to go" not in said.text
    assert "J2_1 · 50 workers: 20 m" in said.text
    assert "what it did earlier (I wasn't following it)" in said.text


def test_an_ended_run_is_not_said_to_have_been_followed_by_nobody(world):
    run = world.submit(world.ask("run select count(*) from customers"))
    world.services.maxcompute.of("sandbox", Purpose.QUERY).get_instance(
        run.instance_id, project="sandbox"
    ).wait_for_completion()
    world.look(run)

    said = why(world, run.name)

    assert "Why did" in said.text
    assert "what it did earlier (not kept once a job has ended)" in said.text


def test_a_job_that_was_started_elsewhere_is_explained_too(world, somebody_else):
    foreign = somebody_else.run_sql("set sandbox.duration=600; select count(*) from customers")
    run_stages(world, foreign.id)

    said = why(world, foreign.id)

    assert f"Why is `{foreign.id}` slow?" in said.text
    assert "other@example.com`" in said.text


@pytest.mark.parametrize(
    ("sql", "state"), [("select 1", "Succeeded"), ("select * from no_such_table", "Failed")]
)
def test_an_ended_job_is_explained_by_what_is_left_of_it(world, somebody_else, sql, state):
    foreign = somebody_else.run_sql(sql)
    foreign.wait_for_completion()

    said = why(world, foreign.id)

    assert f"Why did `{foreign.id}` take" in said.text
    assert f"*{state}*" in said.text


def test_an_instance_that_is_not_there_is_said_so(world):
    assert "No instance" in why(world, "20261122093000123g1a2b3c4").text


def test_what_maxcompute_refuses_is_named_and_the_rest_is_told(world):
    run = world.submit(world.ask("run set sandbox.duration=600; select count(*) from customers"))
    world.wait_until_running(1)
    world.maxcompute.faults.add(forbid(), operation="cached")

    said = why(world, run.name)

    assert "Running" in said.text
    assert "its phases and place in the queue (my account lacks the permission)" in said.text


def test_what_does_not_respond_is_asked_once_and_the_record_answers(world):
    run = world.submit(world.ask("run set sandbox.duration=600; select count(*) from customers"))
    world.wait_until_running(1)
    world.look(run)
    world.maxcompute.faults.add(refuse(503, "InternalServerError", "busy"), times=99)

    said = why(world, run.name)

    assert "I can't tell now" in said.text
    assert "MaxCompute didn't respond in time" in said.text


def test_a_run_that_was_not_submitted_is_explained_at_once(world):
    run = world.ask("run select 7")
    interaction_id = world.say(f"why {run.name}")

    assert world.services.stores.ephemeral_replies.inquiry(interaction_id) is None


def found(world, run, finding):
    """Record what a poll has found."""
    world.services.stores.runs.note(run.run_id, finding=finding, told_finding=finding)


def test_the_list_has_the_runs_with_a_finding_and_a_button_for_each(world):
    run = world.submit(world.ask("run set sandbox.duration=600; select count(*) from customers"))
    world.submit(world.ask("run set sandbox.duration=600; select count(*) from pyodps_iris"))
    found(world, run, SKEW)

    [said] = world.inquire("why")

    assert "1 job" in said.text
    assert f"|{run.name}> by <@{ALICE}>: `J2_1`" in said.text
    buttons = [block["accessory"] for block in said.blocks if "accessory" in block]
    assert [button["value"] for button in buttons] == [run.run_id]


def test_runs_of_other_channels_are_counted_and_not_shown(world):
    run = world.submit(world.ask("run set sandbox.duration=600; select count(*) from customers"))
    found(world, run, SKEW)
    world.services.stores.runs.note(run.run_id, channel_id="C0PRIVATE1", user_id="U0BOB")

    [said] = world.inquire("why")

    assert run.name not in said.text.replace("/odps why", "")
    assert "1 more job of other channels" in said.text


def test_a_job_that_was_started_elsewhere_is_listed_too(world, somebody_else):
    foreign = somebody_else.run_sql(living("wait_quota", 200))

    [said] = world.inquire("why")

    assert f"`{foreign.id}` by" in said.text
    assert "Waiting for" in said.text
    assert "show_why" in str(said.blocks)


def test_the_list_says_what_maxcompute_did_not_tell(world):
    run = world.submit(world.ask("run set sandbox.duration=600; select count(*) from customers"))
    found(world, run, SKEW)
    world.maxcompute.faults.add(forbid(), operation="cachedinstances")

    [said] = world.inquire("why")

    assert run.name in said.text
    assert "not known (my account lacks the permission)" in said.text


def test_a_run_that_has_succeeded_often_is_explained_with_what_is_usual(world):
    sql = "run set sandbox.duration=600; select count(*) from customers"
    run = world.submit(world.ask(sql))
    run_stages(world, run.instance_id)
    now = world.clock()
    for n in range(6):
        past = PastRun(
            instance_id=f"2026112212000112{n}gabcde",
            submitted_s=int(now.timestamp()) - 3_600 * (n + 1),
            run_s=720.0 + 30 * n,
            wait_s=60.0,
        )
        world.services.stores.history.add("sandbox", statement_of(run.sql), past, now=now)

    assert "Usually runs 12–14 min (6 runs)" in why(world, run.name).text


def test_what_was_seen_of_a_job_is_remembered_for_the_next_time(world, somebody_else):
    foreign = somebody_else.run_sql("set sandbox.queue=600; select 1")

    why(world, foreign.id)
    world.clock.push(seconds=29)
    why(world, foreign.id)

    assert len(world.services.stores.recent_snapshots.of(foreign.id)) == 2


def test_what_has_held_a_run_up_for_longer_than_is_remembered_is_told_from_its_beginning(world):
    run = world.submit(world.ask(f"run {living('starved', 400)}"))
    run_stages(world, run.instance_id)
    now = world.clock()
    stage = Stage(name="M1", total=100, running=10, ended=20)
    running = SubStatus(code=1042, description="Offline Job is running")
    snapshots = [
        Snapshot(at=now - timedelta(minutes=minutes), sub_status=running, stages=(stage,))
        for minutes in range(14, 0, -1)
    ]
    world.services.stores.recent_snapshots.keep({run.instance_id: snapshots})
    starved = Finding(
        kind=Kind.STARVED,
        since=now - timedelta(minutes=40),
        confidence=Confidence.LIKELY,
        remedy=Remedy.OTHER_QUOTA,
        numbers={"running": 10, "wanted": 80, "held_s": 2_400},
    )
    found(world, run, starved)

    since = int(starved.since.timestamp())
    assert f"of 40 workers since <!date^{since}^" in why(world, run.name).text


def test_a_button_that_nobody_made_explains_nothing(world):
    click = Request(
        team_id=TEAM, channel_id=CHANNEL, user_id=ALICE, trigger_id="9", surface=Surface.ACTION
    )
    for value in ("elsewhere 20261122093000123gabc", "sandbox r1", "r1", "a b c"):
        with pytest.raises(CommandError):
            why_of_value(value, click, world.services)
