"""What relies on sweeps is polled when they do not come, and nothing is given up meanwhile."""

from dataclasses import replace
from datetime import timedelta

import pytest
from rq import Queue

from odps_bot.runs import RunState
from odps_bot.sandbox.maxcompute.faults import http_error
from odps_bot.store import keys
from odps_bot.store.job_queue import FOLLOW_QUEUE, PROMPTED_QUEUE, SERIALIZER, WATCH_QUEUE
from workers.polling.poll import poll
from workers.polling.sweep import sweep
from workers.runtime import reconciler

PROJECT = "sandbox"
STUCK = "run set sandbox.stuck=true; select count(*) from customers"


def queue(world, name):
    return Queue(name, connection=world.services.redis, serializer=SERIALIZER)


@pytest.fixture
def run(world):
    """A run that is swept, so that its own next poll is an hour ahead."""
    run = world.submit(world.ask(STUCK))
    world.clock.push(minutes=5)
    world.services.stores.sweeps.succeeded(PROJECT)
    poll(run.run_id, world.services)
    queue(world, FOLLOW_QUEUE).empty()
    assert world.run(run.run_id).next_poll_at - world.clock() > timedelta(minutes=50)
    return run


def pass_minutes(world, minutes, *, is_swept=True):
    """Let time go by, with a reconciler and a worker every five seconds."""
    redis = world.services.redis
    for _ in range(minutes * 12):
        world.clock.push(seconds=5)
        for key in (keys.deadlines(), keys.watched(PROJECT)):
            for member, score in redis.zrange(key, 0, -1, withscores=True):
                redis.zadd(key, {member: score - 5})
        redis.delete(keys.reconciler_turn(), keys.sweep_turn(PROJECT))
        reconciler.reconcile_once(world.services)
        for name in (FOLLOW_QUEUE, PROMPTED_QUEUE):
            for job in queue(world, name).get_jobs():
                prompted = job.kwargs.get("is_prompted", False)
                poll(job.kwargs["run_id"], world.services, is_prompted=prompted)
            queue(world, name).empty()
        for job in queue(world, WATCH_QUEUE).get_jobs() if is_swept else ():
            sweep(job.kwargs["project"], world.services)
        queue(world, WATCH_QUEUE).empty()


def without_project(world):
    """Take the project out of the settings, as for a start with others."""
    settings = replace(world.services.settings, projects=("other",))
    world.services = replace(world.services, settings=settings)


def test_the_end_of_a_run_in_a_project_that_was_taken_out_is_noticed(world, run):
    without_project(world)
    world.services.redis.delete(keys.swept(PROJECT))
    world.services.maxcompute.default.stop_instance(run.instance_id, project=PROJECT)
    pass_minutes(world, 1)

    assert world.run(run.run_id).state is RunState.CANCELLED
    assert not world.services.redis.exists(keys.watched(PROJECT))
    pass_minutes(world, 1)
    assert not world.services.redis.sismember(keys.watched_projects(), PROJECT)


def test_a_run_is_polled_when_sweeps_die(world, run):
    world.services.redis.delete(keys.swept(PROJECT))
    world.services.maxcompute.default.stop_instance(run.instance_id)
    pass_minutes(world, 2, is_swept=False)

    assert world.run(run.run_id).state is RunState.CANCELLED


def test_a_run_is_not_polled_while_sweeps_succeed(world, run):
    pass_minutes(world, 1)
    polls = world.run(run.run_id).polls
    pass_minutes(world, 3)

    assert world.run(run.run_id).polls == polls


def test_two_polls_that_fail_an_hour_apart_lose_no_run(world, run):
    settings = replace(world.services.settings, patience=timedelta(hours=1))
    world.services = replace(world.services, settings=settings)
    for _ in range(2):
        world.maxcompute.faults.add(http_error(503), times=2)
        poll(run.run_id, world.services, is_prompted=True)
        assert world.run(run.run_id).unreachable_since is not None
        world.maxcompute.faults.clear()
        sweep(PROJECT, world.services)
        assert world.run(run.run_id).unreachable_since is None
        world.clock.push(hours=2)

    assert world.run(run.run_id).state is RunState.RUNNING


def test_two_polls_that_fail_an_hour_apart_lose_no_run_without_sweeps_either(world, run):
    world.maxcompute.faults.add(http_error(503), times=4)
    for _ in range(2):
        poll(run.run_id, world.services, is_prompted=True)
        world.clock.push(hours=100)

    assert world.run(run.run_id).state is RunState.RUNNING


@pytest.mark.parametrize("seconds", [1.5, 2.5, 8])
def test_a_poll_that_comes_early_by_a_fast_clock_is_not_lost(world, seconds):
    run = world.submit(world.ask("run select 1"))
    registry = queue(world, FOLLOW_QUEUE).scheduled_job_registry
    # The scheduler of a host whose clock is fast has enqueued it.
    for job_id in registry.get_job_ids():
        registry.remove(job_id)
    next_poll_at = world.run(run.run_id).next_poll_at
    world.clock.ahead = timedelta(0)
    world.services = replace(
        world.services, clock=lambda: next_poll_at - timedelta(seconds=seconds)
    )
    poll(run.run_id, world.services)

    assert world.run(run.run_id).polls == 0
    [job_id] = registry.get_job_ids()
    scheduled = registry.get_scheduled_time(job_id)
    assert abs(scheduled - next_poll_at - timedelta(seconds=seconds)) <= timedelta(seconds=1)
