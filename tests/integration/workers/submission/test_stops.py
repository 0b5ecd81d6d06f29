"""A stop that somebody asked for reaches MaxCompute soon, whatever fails on its way."""

from datetime import timedelta

import pytest
from rq import Queue

from odps_bot.maxcompute import Instance, MalformedResponseError
from odps_bot.runs import RunState
from odps_bot.sandbox.maxcompute.faults import hang, http_error, reset_before, throttle
from odps_bot.store import keys
from odps_bot.store.job_queue import FOLLOW_QUEUE, SERIALIZER, STOP_QUEUE
from workers.polling.poll import poll
from workers.runtime import reconciler

STUCK = "run set sandbox.stuck=true; select count(*) from customers"


def queues(world):
    """Return the queues of polls; a stop never stands behind the others."""
    return [
        Queue(name, connection=world.services.redis, serializer=SERIALIZER)
        for name in (STOP_QUEUE, FOLLOW_QUEUE)
    ]


def work_off(world):
    """Do what a worker does with the looks whose time has come."""
    for queue in queues(world):
        work_off_queue(world, queue)


def work_off_queue(world, queue):
    registry = queue.scheduled_job_registry
    parked = registry.get_jobs_to_schedule(int(world.clock().timestamp()))
    for job_id in (*queue.get_job_ids(), *parked):
        job = queue.fetch_job(job_id)
        poll(job.kwargs["run_id"], world.services, is_prompted=job.kwargs.get("is_prompted", 0))
    queue.empty()
    for job_id in parked:
        registry.remove(job_id)


def kill_the_worker(world):
    for queue in queues(world):
        queue.empty()


def pass_seconds(world, seconds):
    """Let time go by, with a pulse, good sweeps and a worker in each second."""
    redis = world.services.redis
    for _ in range(seconds):
        world.clock.push(seconds=1)
        for run_id, due_s in redis.zrange(keys.deadlines(), 0, -1, withscores=True):
            redis.zadd(keys.deadlines(), {run_id: due_s - 1})
        redis.delete(keys.reconciler_turn())
        world.services.stores.sweeps.succeeded("sandbox")
        reconciler.reconcile_once(world.services)
        work_off(world)


@pytest.fixture
def run(world):
    """A run that is swept, so that its own next look is an hour ahead."""
    run = world.submit(world.ask(STUCK))
    world.clock.push(minutes=5)
    world.services.stores.sweeps.succeeded("sandbox")
    poll(run.run_id, world.services)
    kill_the_worker(world)
    swept = world.run(run.run_id)
    assert (swept.next_poll_at - world.clock()).total_seconds() > 3_000
    return swept


def stops(world):
    return [request for request in world.maxcompute.requests() if request.method == "PUT"]


def test_a_stop_that_works_is_sent_at_once_and_once(world, run):
    world.ask_stop(run)
    work_off(world)

    assert world.run(run.run_id).is_stop_sent
    pass_seconds(world, 60)
    assert len(stops(world)) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_stop_that_failed_is_sent_again_soon(world, run, status):
    world.maxcompute.faults.add(http_error(status), operation="stop", times=2)
    world.ask_stop(run)
    work_off(world)
    assert world.run(run.run_id).state is RunState.STOPPING
    assert not world.run(run.run_id).is_stop_sent

    pass_seconds(world, 5)

    assert world.run(run.run_id).is_stop_sent
    assert poll(run.run_id, world.services, is_prompted=True)
    assert world.run(run.run_id).state is RunState.CANCELLED


def test_a_stop_is_tried_for_as_long_as_maxcompute_is_in_trouble(world, run):
    world.maxcompute.faults.add(http_error(503), operation="stop", times=30)
    world.ask_stop(run)
    pass_seconds(world, 300)

    assert world.run(run.run_id).is_stop_sent
    assert len(stops(world)) == 31


def test_a_run_of_which_only_the_stop_fails_is_not_out_of_reach(world, run):
    world.maxcompute.faults.add(http_error(503), operation="stop", times=10_000)
    world.ask_stop(run)
    for _ in range(3):
        work_off(world)
        world.clock.push(hours=30)
        poll(run.run_id, world.services)

    stopping = world.run(run.run_id)
    assert stopping.state is RunState.STOPPING
    assert stopping.unreachable_since is None
    assert not stopping.is_outage_announced


def test_a_stop_whose_worker_was_killed_is_sent_soon(world, run):
    world.ask_stop(run)
    kill_the_worker(world)

    pass_seconds(world, 10)

    assert world.run(run.run_id).is_stop_sent


def test_a_stop_whose_retry_was_lost_with_its_worker_is_sent_soon(world, run):
    world.maxcompute.faults.add(http_error(503), operation="stop", times=2)
    world.ask_stop(run)
    work_off(world)
    for queue in queues(world):
        world.services.redis.delete(queue.scheduled_job_registry.key)

    pass_seconds(world, 20)

    assert world.run(run.run_id).is_stop_sent


CONFLICT = "<Error><Code>StatusConflict</Code><Message>Not in this state.</Message></Error>"


def polls(world):
    return [request for request in world.maxcompute.requests() if request.method == "GET"]


@pytest.mark.parametrize(
    "fault",
    [hang(timedelta(seconds=1)), reset_before(), http_error(503)],
    ids=["time-out", "reset", "busy"],
)
def test_a_run_whose_stop_gets_no_readable_answer_is_polled_all_the_same(world, run, fault):
    world.maxcompute.faults.add(fault, operation="stop", times=10_000)
    world.ask_stop(run)
    before = len(polls(world))
    for _ in range(2):
        work_off(world)
        world.clock.push(hours=30)
        poll(run.run_id, world.services)

    polled = world.run(run.run_id)
    assert len(polls(world)) > before
    assert not polled.is_final
    assert polled.unreachable_since is None


def test_a_run_whose_stop_gets_an_answer_that_cannot_be_read_is_polled(world, run, monkeypatch):
    def unreadable(_):
        raise MalformedResponseError("The answer is not in UTF-8.")

    monkeypatch.setattr(Instance, "stop", unreadable)
    world.ask_stop(run)
    work_off(world)
    polled = world.run(run.run_id)
    assert (polled.state, polled.is_stop_sent) == (RunState.STOPPING, False)
    assert polled.polls > run.polls
    assert polled.unreachable_since is None

    monkeypatch.undo()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    pass_seconds(world, 5)
    assert world.run(run.run_id).is_stop_sent


def test_a_run_that_ends_while_its_stop_gets_no_answer_has_ended(world):
    run = world.submit(world.ask("run select 1 as one"))
    world.maxcompute.faults.add(reset_before(), operation="stop", times=10_000)
    world.ask_stop(run)
    ended = world.follow(run)

    assert ended.state is RunState.SUCCEEDED
    assert ended.table is not None


def test_a_stop_is_sent_though_the_polls_cannot_be_read(world, run):
    world.maxcompute.faults.add(http_error(200, "<Instance>"), operation="status", times=10_000)
    world.ask_stop(run)
    work_off(world)

    assert world.run(run.run_id).is_stop_sent


def test_a_throttled_stop_is_sent_when_the_time_that_maxcompute_named_is_over(world, run):
    world.maxcompute.faults.add(throttle(timedelta(seconds=40)), operation="stop", times=1)
    world.ask_stop(run)
    work_off(world)
    world.make_all_due()
    polled = len(polls(world))

    # The clock goes on while a busy machine works it off.
    pass_seconds(world, 20)
    poll(run.run_id, world.services, is_prompted=True)
    assert len(stops(world)) == 1
    assert len(polls(world)) > polled

    pass_seconds(world, 23)
    assert len(stops(world)) == 2
    assert world.run(run.run_id).is_stop_sent


def test_a_stop_that_was_refused_can_be_asked_for_again(world, run):
    world.maxcompute.faults.add(http_error(409, CONFLICT), operation="stop", times=1)
    world.ask_stop(run)
    work_off(world)
    refused = world.run(run.run_id)
    assert (refused.state, refused.stop_requested_at) == (RunState.RUNNING, None)

    # As a worker may leave it that was overtaken by the refusal.
    world.services.stores.runs.note(run.run_id, is_stop_sent=True)
    world.ask_stop(run)
    work_off(world)

    assert len(stops(world)) == 2
    poll(run.run_id, world.services, is_prompted=True)
    assert world.run(run.run_id).state is RunState.CANCELLED


@pytest.mark.parametrize("is_refused_first", [False, True])
def test_of_two_stops_at_once_the_accepted_one_counts(world, run, monkeypatch, is_refused_first):
    refusal = {"operation": "stop", "times": 1}
    stop = Instance.stop

    def overtaken(instance):
        """Send the stop only after another worker has sent it and noted its answer."""
        monkeypatch.setattr(Instance, "stop", stop)
        if is_refused_first:
            world.maxcompute.faults.add(http_error(409, CONFLICT), **refusal)
        poll(run.run_id, world.services, is_prompted=True)
        if not is_refused_first:
            world.maxcompute.faults.add(http_error(409, CONFLICT), **refusal)
        stop(instance)

    monkeypatch.setattr(Instance, "stop", overtaken)
    world.ask_stop(run)
    work_off(world)

    stopping = world.run(run.run_id)
    assert len(stops(world)) == 2
    assert (stopping.state, stopping.is_stop_sent) == (RunState.STOPPING, True)
    assert stopping.stop_requested_by == "U0ALICE"
    poll(run.run_id, world.services, is_prompted=True)
    assert world.run(run.run_id).state is RunState.CANCELLED
