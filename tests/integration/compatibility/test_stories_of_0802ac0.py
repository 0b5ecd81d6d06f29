"""Whatever was under way with 0802ac0 comes to its end today, once."""

import hashlib
from datetime import timedelta

import pytest

from odps_bot.maxcompute import AccessKey, Client, StaticCredentials
from odps_bot.runs import RunState

CHANNEL, OTHER_CHANNEL, ALICE, BOB = "C0DATAENG1", "C0ANALYTIC", "U0ALICE", "U0BOB"


def estimates(world, story):
    """Return how many estimates of a run MaxCompute has seen."""
    guid = hashlib.sha256(f"estimate:{world.run_id(story)}".encode()).hexdigest()[:24]
    return sum(instance.guid == guid for instance in world.maxcompute.instances())


def stops(world):
    """Return the instances that MaxCompute was asked to stop since the recording was loaded."""
    asked = [request for request in world.maxcompute.requests() if request.operation == "stop"]
    return {request.path.rpartition("/")[2] for request in asked}


def end_as(world, state, *stories):
    """Let runs come to their ends, and see that they ended so, and that people hear of it once."""
    for story in stories:
        if world.run(story).state in {RunState.RUNNING, RunState.STOPPING}:
            world.poll_to_the_end(story)
    world.deliver()
    for story in stories:
        assert world.run(story).state is state, world.run(story)
        assert len(world.posts(story, "card")) == 1, story
        assert len(world.posts(story, "completion")) == 1, story


def test_what_was_asked_for_is_submitted_once_and_succeeds(world):
    stories = (
        *("asked", "asked_by_mention", "asked_with_lost_card", "asked_and_estimated"),
        "asked_and_approved",
    )
    before = {story: world.run(story) for story in stories}

    assert {world.submit(story).state for story in stories} == {RunState.RUNNING}
    end_as(world, RunState.SUCCEEDED, *stories)
    for story in stories:
        assert world.executions(story) == 1
        assert world.run(story).thread_ts == before[story].thread_ts
        assert estimates(world, story) == (1 if before[story].estimate_id else 0)


def test_what_was_undecided_runs_once_somebody_says_yes(world):
    deciders = {"undecided_by_cost": ALICE, "undecided_write": BOB, "undecided_long": BOB}
    for story, who in deciders.items():
        question_ts = world.run(story).question_ts
        world.say(f"approve {world.run(story).name}", by=who)
        submitted = world.submit(story)
        assert submitted.state is RunState.RUNNING
        assert (submitted.decision.user_id, submitted.question_ts) == (who, question_ts)

    end_as(world, RunState.SUCCEEDED, *deciders)
    assert {world.executions(story) for story in deciders} == {1}


def test_what_could_not_be_read_yet_is_shown_and_then_decided_on(world):
    story = "undecided_unshown"
    for _ in range(4):
        world.deliver()
    world.say(f"approve {world.run(story).name}", by=BOB)
    world.submit(story)

    end_as(world, RunState.SUCCEEDED, story)


def test_what_was_undecided_is_rejected_with_a_reason(world):
    story = "undecided_to_be_rejected"
    world.say(f"reject {world.run(story).name} not before Monday", by=BOB)

    end_as(world, RunState.REJECTED, story)
    assert world.run(story).decision.reason == "not before Monday"
    assert "not before Monday" in world.card(story)["text"]


def test_what_nobody_decides_on_expires(world):
    story = "undecided_until_too_late"
    assert world.submit(story).state is RunState.AWAITING_DECISION
    world.clock.push(hours=4)
    world.submit(story)

    end_as(world, RunState.EXPIRED, story)
    assert world.executions(story) == 0


def test_a_submission_that_was_taken_is_found_by_its_guid(world):
    [taken] = [
        i for i in world.maxcompute.instances() if i.guid == world.run_id("submitting_taken")
    ]

    assert world.submit("submitting_taken").instance_id == taken.id
    end_as(world, RunState.SUCCEEDED, "submitting_taken")
    assert world.executions("submitting_taken") == 1


def test_a_submission_that_was_taken_and_is_to_be_stopped_is_found_and_stopped(world):
    assert world.submit("submitting_stopped").state is RunState.STOPPING
    world.poll("submitting_stopped")

    end_as(world, RunState.CANCELLED, "submitting_stopped")
    assert stops(world) == {world.run("submitting_stopped").instance_id}
    assert world.executions("submitting_stopped") == 1


def test_a_read_that_was_not_taken_is_submitted_again(world):
    assert world.submit("submitting_read_not_taken").state is RunState.RUNNING

    end_as(world, RunState.SUCCEEDED, "submitting_read_not_taken")
    assert world.executions("submitting_read_not_taken") == 1


def test_a_write_that_is_not_found_is_never_sent_again(world):
    world.submit("submitting_write_not_taken")

    end_as(world, RunState.UNKNOWN, "submitting_write_not_taken")
    assert world.executions("submitting_write_not_taken") == 0


def test_what_was_running_goes_on_to_its_end(world):
    stories = (
        *("running_with_progress", "running_in_the_queue", "running_out_of_reach"),
        *("running_elsewhere", "running_xflow", "running_untold"),
    )
    before = {story: world.run(story) for story in stories}
    polled = {story: world.poll(story) for story in stories}

    # One had ended while nobody looked.
    assert [s for s in stories if polled[s].is_final] == ["running_with_progress"]
    assert {run.unreachable_since for run in polled.values()} == {None}
    end_as(world, RunState.SUCCEEDED, *stories)
    for story in stories:
        ended, began = world.run(story), before[story]
        assert ended.instance_id == began.instance_id
        assert ended.is_foreign is began.is_foreign
        assert set(began.milestones) <= set(ended.milestones)
        assert {s.name for s in began.sub_instances} <= {s.name for s in ended.sub_instances}


def test_a_stop_that_was_not_sent_goes_out_and_one_that_was_does_not_again(world):
    for story in ("stopping_not_sent", "stopping_sent"):
        world.poll(story)

    assert stops(world) == {world.run("stopping_not_sent").instance_id}
    for story, who in (("stopping_not_sent", ALICE), ("stopping_sent", BOB)):
        end_as(world, RunState.CANCELLED, story)
        assert world.run(story).stop_requested_by == who


def test_jobs_under_the_names_of_0802ac0_run(world):
    parked = world.recording["redis"]["rq:scheduled:odps-bot-follow"]["value"]
    world.let_everything_end()
    world.work()

    assert world.failed_jobs() == {}
    assert sum(world.services.jobs.waiting().values()) == 0
    for story in ("asked", "asked_by_mention", "asked_and_approved", "submitting_taken"):
        assert world.run(story).instance_id is not None, story
    # Polls that are scheduled for later wait until then; those whose time has come were run.
    waiting = {job.decode() for job in world.redis.zrange("rq:scheduled:odps-bot-follow", 0, -1)}
    assert len(parked) > 0
    for job, _ in parked:
        assert job in waiting or not world.redis.exists(f"rq:job:{job}"), job


def test_sweeps_find_what_has_ended_meanwhile(world):
    world.let_everything_end()
    for project in ("sandbox", "analytics"):
        world.sweep(project)
    world.work()

    for story in ("running_with_progress", "running_in_the_queue", "running_elsewhere"):
        assert world.run(story).state is RunState.SUCCEEDED, story


@pytest.fixture
def colleague(world):
    """A client of somebody who knows nothing of Slack."""
    credentials = StaticCredentials(AccessKey("other", "other-secret"))
    client = Client(world.maxcompute.endpoint, project="analytics", credentials=credentials)
    yield client
    client.close()


def alerts(world, channel):
    shown = [m["text"] for m in world.slack.messages(channel, include_ephemeral=False)]
    return [text for text in shown if "analytics" in text and "<@" not in text]


def test_groups_of_failures_go_on(world, colleague):
    before = len(world.slack.messages(CHANNEL))
    world.deliver()
    for table in ("no_such_table", "never_there"):
        instance = colleague.run_sql(f"select * from {table}")
        instance.wait_for_completion(interval=timedelta(milliseconds=10), blocking=False)
    world.sweep("analytics")
    world.deliver()

    world.clock.push(seconds=20)
    world.deliver()

    told = world.slack.messages(CHANNEL)
    [repeated] = [m for m in told if "no_such_table" in m["text"] and "4 times" in m["text"]]
    assert told.index(repeated) < before
    assert [m for m in told[before:] if "never_there" in m["text"]] == []
    assert len([m for m in told[before:] if "yet_another" in m["text"]]) == 1


def test_a_paused_subscription_goes_on_and_a_new_one_is_announced(world):
    def notified_owner():
        directly = world.slack.messages("D0ALICEODPS")
        return [m["ts"] for m in directly if f"<#{OTHER_CHANNEL}>" in m["text"]]

    already = notified_owner()
    world.deliver()
    assert notified_owner() == already
    world.clock.push(minutes=61)
    world.deliver()

    subscriptions = world.services.stores.subscriptions
    assert {one.paused_since for one in subscriptions.to("analytics")} == {None}
    [untold] = [i.id for i in world.maxcompute.instances() if "never_told" in i.sql]
    [told] = [m for m in world.slack.messages(OTHER_CHANNEL) if untold in m["text"]]
    assert "3 failed" in told["text"]
    [new] = subscriptions.to("sandbox")
    assert new.is_announced
