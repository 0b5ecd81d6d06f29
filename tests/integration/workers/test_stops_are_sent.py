"""A stop that somebody asked for reaches MaxCompute soon, whatever fails on its way."""

from datetime import UTC, datetime

import pytest
from rq import Queue

from odps_bot.job_queue import FOLLOW_QUEUE, SERIALIZER
from odps_bot.runs import RunState, keys
from odps_bot.sandbox.maxcompute.faults import http_error
from workers import pulse
from workers.follow_run import follow

STUCK = "run set sandbox.stuck=true; select count(*) from customers"


def follow_queue(world):
    return Queue(FOLLOW_QUEUE, connection=world.services.redis, serializer=SERIALIZER)


def work_off(world):
    """Do what a worker does with the looks whose time has come."""
    queue = follow_queue(world)
    registry = queue.scheduled_job_registry
    parked = registry.get_jobs_to_schedule(int(world.clock().timestamp()))
    for job_id in (*queue.get_job_ids(), *parked):
        job = queue.fetch_job(job_id)
        follow(job.kwargs["run_id"], world.services, is_prompted=job.kwargs.get("is_prompted", 0))
    queue.empty()
    for job_id in parked:
        registry.remove(job_id)


def kill_the_worker(world):
    follow_queue(world).empty()


def pass_seconds(world, seconds):
    """Let time go by, with a pulse, good sweeps and a worker in each second."""
    redis = world.services.redis
    for _ in range(seconds):
        world.clock.push(seconds=1)
        for run_id, due_s in redis.zrange(keys.DUE, 0, -1, withscores=True):
            redis.zadd(keys.DUE, {run_id: due_s - 1})
        redis.delete(keys.PULSE)
        world.services.sweeps.succeeded("sandbox")
        pulse.beat(world.services)
        work_off(world)


@pytest.fixture
def run(world):
    """A run that is swept, so that its own next look is an hour ahead."""
    run = world.submit(world.ask(STUCK))
    world.clock.push(minutes=5)
    world.services.sweeps.succeeded("sandbox")
    follow(run.run_id, world.services)
    kill_the_worker(world)
    swept = world.run(run.run_id)
    assert (swept.next_look_at - world.clock()).total_seconds() > 3_000
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
    assert follow(run.run_id, world.services, is_prompted=True) is None
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
        follow(run.run_id, world.services)

    stopping = world.run(run.run_id)
    assert stopping.state is RunState.STOPPING
    assert stopping.unreachable_since is None
    assert not stopping.is_silence_told


def test_a_stop_whose_worker_was_killed_is_sent_soon(world, run):
    world.ask_stop(run)
    kill_the_worker(world)

    pass_seconds(world, 10)

    assert world.run(run.run_id).is_stop_sent


def test_a_stop_whose_retry_was_lost_with_its_worker_is_sent_soon(world, run):
    world.maxcompute.faults.add(http_error(503), operation="stop", times=2)
    world.ask_stop(run)
    work_off(world)
    registry = follow_queue(world).scheduled_job_registry
    for job_id in registry.get_jobs_to_schedule(int(datetime.max.replace(tzinfo=UTC).timestamp())):
        registry.remove(job_id)

    pass_seconds(world, 20)

    assert world.run(run.run_id).is_stop_sent
