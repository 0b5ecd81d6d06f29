"""Submissions wait while MaxCompute takes nothing, and one that hangs holds up nobody else."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from odps_bot.config.rules import Project, Role, Rules
from odps_bot.maxcompute import AccessKey, Client, HeldBackError, ServerError, StaticCredentials
from odps_bot.maxcompute_clients import MaxComputeClients, Purpose
from odps_bot.runs import RunState
from odps_bot.sandbox.maxcompute.faults import hang, http_error, reset_after, throttle
from workers.submission.submit import submit

REFUSED = "<Error><Code>NoPermission</Code><Message>no source</Message></Error>"

UNKNOWN = "<Error><Code>NoSuchObject</Code><Message>not yet</Message></Error>"


def card(world, run):
    (found,) = [m for m in world.slack.messages("C0DATAENG1") if m["ts"] == run.card_ts]
    return str(found)


@pytest.mark.parametrize(
    "text", ["run select 1", "run insert into customers select * from customers"]
)
def test_runs_that_are_submitted_while_maxcompute_is_throttled_wait(world, text):
    client = world.services.maxcompute.of("sandbox", Purpose.POLL)
    client.transport._throttle.slow_down(timedelta(seconds=30))
    run = world.ask(text)
    for _ in range(6):
        run = world.submit(run)
        world.clock.push(seconds=4)
    world.deliver()
    assert (run.state, run.submit_attempts) == (RunState.QUEUED, 0)
    assert "Waiting for MaxCompute since" in card(world, run)

    world.clock.push(seconds=10)
    run = world.submit(run)
    world.deliver()

    assert run.state is RunState.RUNNING
    assert world.executions(run) == 1
    # An acceptance alone earns no update: the card follows with the next look.
    world.look(run)
    world.deliver()
    assert "Waiting for MaxCompute" not in card(world, run)


def test_a_run_waits_as_long_as_maxcompute_itself_asks(world):
    world.maxcompute.faults.add(throttle(timedelta(seconds=40)), operation="submit", times=1)
    run = world.submit(world.ask("run select 1"))
    world.clock.push(seconds=35)
    run = world.submit(run)
    assert (run.state, run.submit_attempts) == (RunState.QUEUED, 0)

    world.clock.push(seconds=6)
    assert world.submit(run).state is RunState.RUNNING


def test_nobody_comes_back_before_a_pause_of_maxcompute_is_over(world):
    client = world.services.maxcompute.of("sandbox", Purpose.POLL)
    client.transport._throttle.slow_down(timedelta(minutes=2))

    pause = world.services.maxcompute.pause_before("sandbox")
    assert timedelta(seconds=110) < pause < timedelta(seconds=121)

    world.clock.push(minutes=2)
    assert world.services.maxcompute.pause_before("sandbox") is None


def test_an_instance_to_follow_waits_too(world):
    elsewhere = world.services.maxcompute.default.run_sql("select 1")
    world.maxcompute.faults.add(throttle(timedelta(seconds=40)), operation="source", times=1)
    run = world.submit(world.ask(f"watch {elsewhere.id}"))
    world.deliver()
    assert run.state is RunState.QUEUED
    assert "Waiting for MaxCompute since" in card(world, run)

    world.clock.push(seconds=41)
    assert world.submit(run).state is RunState.RUNNING


def test_a_run_that_waits_can_be_stopped(world):
    world.services.maxcompute.of("sandbox", Purpose.POLL).transport._throttle.slow_down(
        timedelta(seconds=30)
    )
    run = world.submit(world.ask("run select 1"))
    world.ask_stop(run)
    world.clock.push(seconds=31)

    assert world.submit(run).state is RunState.CANCELLED
    assert world.maxcompute.instances() == []


def test_a_run_that_waits_adds_nothing_to_the_audit_trail(world):
    world.services.maxcompute.of("sandbox", Purpose.POLL).transport._throttle.slow_down(
        timedelta(seconds=300)
    )
    run = world.submit(world.ask("run select 1"))
    before = world.services.redis.xlen("odps-bot:audit")
    for _ in range(20):
        world.clock.push(seconds=1)
        world.submit(run)

    assert world.services.redis.xlen("odps-bot:audit") == before


def test_polls_leave_a_part_of_the_rate_limit_to_submissions_and_stops(world):
    polls = world.services.maxcompute.of("sandbox", Purpose.POLL)
    polls.transport._throttle._limiter.pause(polls.transport._throttle._limit, timedelta(0))
    world.clock.push(seconds=0.1)  # five of fifty tokens are there

    assert polls.transport._throttle._limiter.take(
        polls.transport._throttle._limit, reserve=polls.transport._throttle._reserve
    )
    for purpose in (Purpose.SUBMISSION, Purpose.STOP):
        throttle_of = world.services.maxcompute.of("sandbox", purpose).transport._throttle
        assert throttle_of._limiter.take(throttle_of._limit, reserve=throttle_of._reserve) is None


@pytest.fixture
def same_account(world):
    """A client of the bot's own account: its jobs are neighbours of ours in every list."""
    return Client(
        world.maxcompute.endpoint,
        project="sandbox",
        credentials=StaticCredentials(AccessKey("key", "secret")),
    )


def of_one(instance):
    return lambda _method, path: instance.id in path


@pytest.mark.parametrize("status", [400, 403, 404])
@pytest.mark.parametrize("body", [REFUSED, None])
def test_one_unreadable_neighbour_does_not_end_the_look_up(world, same_account, status, body):
    world.maxcompute.faults.add(reset_after(), operation="submit", times=1)
    run = world.submit(world.ask("run set sandbox.stuck=true; select count(*) from customers"))
    assert run.state is RunState.SUBMITTING
    other = same_account.run_sql("set sandbox.stuck=true; select 1")
    world.maxcompute.faults.add(http_error(status, body), when=of_one(other), times=20)
    world.clock.push(seconds=15)
    run = world.submit(run)

    assert run.state is RunState.RUNNING
    assert world.executions(run) == 1


@pytest.mark.parametrize(
    "text", ["run select 1", "run insert into customers select * from customers"]
)
def test_an_instance_that_is_listed_before_it_can_be_read_is_read_again(world, text):
    world.maxcompute.faults.add(reset_after(), operation="submit", times=1)
    run = world.submit(world.ask(text))
    [instance] = world.maxcompute.instances()
    world.maxcompute.faults.add(http_error(404, UNKNOWN), when=of_one(instance), times=2)
    for _ in range(2):
        world.clock.push(seconds=15)
        run = world.submit(run)

    assert run.instance_id == instance.id
    assert [r.operation for r in world.maxcompute.requests()].count("submit") == 1


def test_a_write_that_was_never_sent_is_sent_by_the_next_worker(world, monkeypatch):
    run = world.ask("run insert into customers select * from customers")
    with monkeypatch.context() as dying:
        dying.setattr("workers.submission.submit._send", _die)
        with contextlib.suppress(SystemExit):
            world.submit(run)
    assert world.run(run.run_id).state is RunState.SUBMITTING

    world.clock.push(seconds=91)
    run = world.submit(run)

    assert run.state is RunState.RUNNING
    assert world.executions(run) == 1


def test_a_look_up_reads_no_more_than_was_started_since_the_submission(world, same_account):
    same_account.run_sql("select 'long before'")
    world.clock.push(days=-3)
    run = world.ask("run select 1")
    world.clock.push(days=3, hours=2)
    world.maxcompute.faults.add(reset_after(), operation="submit", times=1)
    world.submit(run)
    world.maxcompute.requests().clear()
    world.clock.push(seconds=15)
    world.submit(run)

    # It was started two hours ago by this clock.
    assert [r for r in world.maxcompute.requests() if r.operation == "source"] == []


def _die(*_arguments, **_names):
    raise SystemExit


@pytest.fixture
def two_endpoints(world):
    """The world with another endpoint, which hangs: its project is called `sick`."""
    hanging = type(world.maxcompute)(
        access_keys={"key": "secret"}, projects=("sick",), orders_rows=10
    )
    with hanging:
        hanging.faults.add(hang(timedelta(seconds=60)), times=999)
        rules = Rules(
            default_role=Role.ADMIN, projects={"sick": Project(endpoint=hanging.endpoint)}
        )
        services = world.services
        settings = services.settings.with_projects(["sick"])
        clients = MaxComputeClients(
            settings,
            rules,
            services.stores.rate_limiter,
            services.stores.endpoint_health,
            services.metrics,
        )
        world.services = replace(services, settings=settings, rules=rules, maxcompute=clients)
        yield world, hanging


def test_an_endpoint_that_hangs_does_not_hold_up_submissions_to_another(two_endpoints):
    world, hanging = two_endpoints
    sick = [world.ask("run --project sick select 1") for _ in range(4)]
    well = world.ask("run --project sandbox select 1")
    # Cards of one channel wait for one another, which is not what this is about.
    for number, run in enumerate((*sick, well)):
        world.services.stores.runs.note(run.run_id, card_ts=f"{number}.0")
    with ThreadPoolExecutor(4) as lane:
        jobs = [lane.submit(submit, run.run_id, world.services) for run in (*sick, well)]
        jobs[-1].result()
        are_sick_done = [job.done() for job in jobs[:-1]]
        hanging.stop()

    assert world.run(well.run_id).state is RunState.RUNNING
    assert not all(are_sick_done)


def test_nobody_asks_an_endpoint_that_others_have_found_in_trouble(world):
    world.maxcompute.faults.add(http_error(503), times=99)
    client = world.services.maxcompute.of("sandbox", Purpose.POLL)
    for _ in range(2):
        with contextlib.suppress(ServerError, HeldBackError):
            client.get_instance("i1").get_status()
    asked = len(world.maxcompute.requests())

    with pytest.raises(HeldBackError):
        world.services.maxcompute.default.get_instance("i1").get_status()
    run = world.submit(world.ask("run select 1"))
    assert len(world.maxcompute.requests()) == asked == 3
    assert (run.state, run.submit_attempts) == (RunState.QUEUED, 0)

    world.maxcompute.faults.clear()
    world.clock.push(seconds=3)
    assert world.submit(run).state is RunState.RUNNING
