"""Sweeps: what ended is looked at, what moved is marked, and nothing is believed of a list."""

from datetime import timedelta

import pytest

from odps_bot.maxcompute import Client, Page
from odps_bot.runs import MilestoneCode, RunState
from odps_bot.sandbox.maxcompute.faults import http_error, reset_before, throttle
from odps_bot.store import keys
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.rate_limits import UPDATE_LIMIT
from workers.polling.poll import poll
from workers.polling.sweep import LEAST_MOVED, MOST_MOVED, sweep
from workers.runtime.reconciler import reconcile_once

PROJECT = "sandbox"
STUCK = "run set sandbox.stuck=true; select count(*) from customers"

#: The others wait in the sandbox's queue.
RUNNING_AT_ONCE = 4


def requests(world, operation):
    return [r for r in world.maxcompute.requests() if r.operation == operation]


def prompted(world):
    """Return the runs for which a look was asked, and forget the jobs."""
    queue = world.services.jobs._queues["odps-bot-prompted"]
    found = [job.kwargs["run_id"] for job in queue.get_jobs() if job.kwargs.get("is_prompted")]
    queue.empty()
    return found


@pytest.fixture
def stuck(world):
    found = [world.submit(world.ask(STUCK)) for _ in range(3)]
    # From then on nothing moves.
    world.wait_until_running(len(found))
    return found


def test_a_sweep_of_running_instances_costs_two_requests(world, stuck):
    world.maxcompute.clear_requests()
    sweep(PROJECT, world.services)

    assert len(world.maxcompute.requests()) == 2
    assert prompted(world) == []


def test_what_is_no_longer_running_is_looked_at(world, stuck):
    world.services.maxcompute.default.stop_instance(stuck[1].instance_id)
    sweep(PROJECT, world.services)
    assert prompted(world) == [stuck[1].run_id]

    poll(stuck[1].run_id, world.services, is_prompted=True)
    assert world.run(stuck[1].run_id).state is RunState.CANCELLED
    sweep(PROJECT, world.services)
    assert prompted(world) == []


def test_a_look_is_not_asked_for_twice(world, stuck):
    world.services.maxcompute.default.stop_instance(stuck[0].instance_id)
    sweep(PROJECT, world.services)
    sweep(PROJECT, world.services)

    assert prompted(world) == [stuck[0].run_id]


def test_a_list_that_lacks_a_running_instance_ends_no_run(world, stuck, monkeypatch):
    monkeypatch.setattr(
        Client, "list_instance_pages", lambda *_args, **_names: iter([Page([], None)])
    )
    sweep(PROJECT, world.services)
    for run_id in prompted(world):
        poll(run_id, world.services, is_prompted=True)

    assert {world.run(run.run_id).state for run in stuck} == {RunState.RUNNING}


def test_where_listing_is_forbidden_single_looks_carry_the_load(world, stuck):
    refusal = http_error(403, "<Error><Code>NoPermission</Code><Message>no</Message></Error>")
    world.maxcompute.faults.add(refusal, operation="list", times=1)
    sweep(PROJECT, world.services)

    assert sorted(prompted(world)) == sorted(run.run_id for run in stuck)
    assert not world.services.stores.sweeps.are_trusted(PROJECT)
    sweep(PROJECT, world.services)
    assert world.services.stores.sweeps.are_trusted(PROJECT)


@pytest.mark.parametrize("fault", [throttle(timedelta(seconds=30)), http_error(502)])
def test_a_sweep_that_fails_proves_nothing(world, stuck, fault):
    world.maxcompute.faults.add(fault, operation="list", times=9)
    sweep(PROJECT, world.services)

    assert not world.services.stores.sweeps.are_trusted(PROJECT)
    assert {world.run(run.run_id).state for run in stuck} == {RunState.RUNNING}


def let_move(world, runs):
    """Let it seem that these have moved since the last sweep."""
    seen = {run.instance_id: "of before" for run in runs}
    world.services.redis.hset(keys.progress(PROJECT), mapping=seen)


def test_what_moved_is_polled_and_its_card_updated(world, stuck):
    sweep(PROJECT, world.services)
    assert prompted(world) == []
    let_move(world, stuck[:2])
    world.services.redis.delete(keys.outbox(NotificationKind.CARD_REFRESH))
    sweep(PROJECT, world.services)
    polled = prompted(world)
    assert set(polled) == {run.run_id for run in stuck[:2]}

    world.clock.push(seconds=31)
    for run_id in polled:
        world.services.stores.runs.note(
            run_id,
            queue_status="1st in the queue",
            card_updated_at=world.run(run_id).requested_at,
        )
        poll(run_id, world.services, is_prompted=True)
    assert world.services.stores.outbox.waiting()[NotificationKind.CARD_REFRESH] == 2
    sweep(PROJECT, world.services)
    assert prompted(world) == []


def waiting_refreshes():
    return keys.outbox(NotificationKind.CARD_REFRESH)


def forget_requests(world):
    """Let it seem that the last sweep was long ago."""
    for key in world.services.redis.scan_iter(keys.poll_requested("*")):
        world.services.redis.delete(key)


def test_no_more_is_polled_than_cards_can_be_updated(world, stuck):
    # Slack's rate limit of posts has more cards wait.
    world.make_all_due()
    stuck = [*stuck, *(world.submit(world.ask(STUCK)) for _ in range(3))]
    world.wait_until_running(RUNNING_AT_ONCE)
    sweep(PROJECT, world.services)
    let_move(world, stuck)
    world.services.redis.delete(waiting_refreshes())
    sweep(PROJECT, world.services)
    assert len(prompted(world)) == MOST_MOVED

    forget_requests(world)
    for run in stuck:
        world.services.stores.outbox.enqueue(NotificationKind.CARD_REFRESH, run.run_id)
    sweep(PROJECT, world.services)
    assert len(prompted(world)) == LEAST_MOVED


def test_what_waits_elsewhere_takes_nothing_from_the_runs_of_a_project(world, stuck):
    sweep(PROJECT, world.services)
    let_move(world, stuck)
    for count in range(20):
        world.services.stores.outbox.enqueue(NotificationKind.CARD_REFRESH, f"other{count}")
    world.services.redis.hset(keys.rate_limit(UPDATE_LIMIT.name), "tokens", 0)
    for run in stuck:
        world.services.redis.zrem(waiting_refreshes(), f"moved:{run.run_id}")
    sweep(PROJECT, world.services)

    assert len(prompted(world)) == len(stuck)


def test_a_poll_that_was_lost_with_its_worker_is_requested_again(world, stuck):
    sweep(PROJECT, world.services)
    let_move(world, stuck[:1])
    sweep(PROJECT, world.services)
    assert prompted(world) == [stuck[0].run_id]
    forget_requests(world)
    sweep(PROJECT, world.services)
    assert prompted(world) == [stuck[0].run_id]

    poll(stuck[0].run_id, world.services, is_prompted=True)
    forget_requests(world)
    sweep(PROJECT, world.services)
    assert prompted(world) == []


def kept_progress(world):
    return {name.decode() for name in world.services.redis.hkeys(keys.progress(PROJECT))}


def test_progress_of_what_has_ended_by_a_poll_of_its_own_is_forgotten(world, stuck):
    sweep(PROJECT, world.services)
    assert kept_progress(world) == {run.instance_id for run in stuck}
    world.services.maxcompute.default.stop_instance(stuck[0].instance_id)
    poll(stuck[0].run_id, world.services, is_prompted=True)

    assert kept_progress(world) == {run.instance_id for run in stuck[1:]}


def test_progress_that_a_former_version_has_left_is_forgotten(world, stuck):
    world.services.redis.hset(keys.progress(PROJECT), mapping={f"old{n}": 1 for n in range(2_000)})
    for _ in range(3):
        sweep(PROJECT, world.services)

    assert kept_progress(world) == {run.instance_id for run in stuck}


def test_delivery_does_not_ask_maxcompute_how_far_a_run_is(world, stuck):
    world.clock.push(minutes=5)
    world.maxcompute.clear_requests()
    world.services.stores.outbox.enqueue(NotificationKind.CARD_REFRESH, stuck[0].run_id)
    world.deliver()

    assert world.maxcompute.requests() == []
    assert world.services.stores.outbox.waiting()[NotificationKind.CARD_REFRESH] == 0


def test_a_run_that_sweeps_watch_is_rarely_looked_at_singly(world, stuck):
    run = stuck[0]
    world.services.stores.sweeps.succeeded(PROJECT)
    world.clock.push(minutes=5)
    poll(run.run_id, world.services)

    after = world.run(run.run_id)
    assert after.next_poll_at - world.clock() > timedelta(minutes=59)
    world.services.stores.sweeps.failed(PROJECT)
    poll(run.run_id, world.services, is_prompted=True)
    assert world.run(run.run_id).next_poll_at - world.clock() <= timedelta(seconds=30)


def test_a_prompted_look_books_no_second_chain(world, stuck):
    run = stuck[0]
    before = world.run(run.run_id).next_poll_at
    scheduled = world.services.jobs._queues["odps-bot-follow"].scheduled_job_registry
    booked = scheduled.count
    world.services.stores.sweeps.succeeded(PROJECT)
    world.clock.push(seconds=-1)
    poll(run.run_id, world.services, is_prompted=True)

    assert world.run(run.run_id).next_poll_at == before
    assert scheduled.count == booked


def test_a_pulse_books_a_sweep_now_and_then(world, stuck):
    queue = world.services.jobs._queues["odps-bot-watch"]
    reconcile_once(world.services)
    world.services.redis.delete(keys.reconciler_turn())
    reconcile_once(world.services)

    assert [job.kwargs for job in queue.get_jobs()] == [{"project": PROJECT}]


def test_a_watched_instance_without_a_run_is_forgotten(world):
    world.services.redis.zadd(keys.watched(PROJECT), {"20260101000000000gx nobody": 0})
    sweep(PROJECT, world.services)

    assert world.services.stores.runs.watched(PROJECT) == {}


def test_a_broken_connection_is_told_and_its_end_too(world, stuck):
    run = stuck[0]
    world.clock.push(seconds=40)
    for _ in range(3):
        world.maxcompute.faults.add(reset_before(), operation="taskstatus", times=2)
        poll(run.run_id, world.services, is_prompted=True)
        world.clock.push(seconds=40)
    assert world.run(run.run_id).unreachable_since is not None
    world.maxcompute.faults.clear()
    poll(run.run_id, world.services, is_prompted=True)

    codes = [milestone.code for milestone in world.run(run.run_id).milestones]
    assert codes.count(MilestoneCode.UNREACHABLE) == 1
    assert codes.count(MilestoneCode.REACHABLE) == 1


def test_the_parked_look_ends_with_its_run(world, stuck):
    scheduled = world.services.jobs._queues["odps-bot-follow"].scheduled_job_registry
    parked = scheduled.count
    world.services.maxcompute.default.stop_instance(stuck[0].instance_id)
    poll(stuck[0].run_id, world.services, is_prompted=True)

    assert world.run(stuck[0].run_id).state is RunState.CANCELLED
    assert scheduled.count == parked - 1


def test_what_has_ended_moves_no_more(world, stuck):
    run = stuck[0]
    world.services.stores.outbox.enqueue(NotificationKind.CARD_REFRESH, run.run_id)
    others = world.services.stores.outbox.waiting()[NotificationKind.CARD_REFRESH] - 1
    world.services.maxcompute.default.stop_instance(run.instance_id)
    poll(run.run_id, world.services, is_prompted=True)

    assert world.services.stores.outbox.waiting()[NotificationKind.CARD_REFRESH] == others
