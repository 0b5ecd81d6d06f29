"""The ends of young runs, waited for by requests that MaxCompute holds."""

import contextlib
import time
from dataclasses import replace
from datetime import timedelta
from unittest.mock import Mock

import pytest
from redis.exceptions import RedisError

from odps_bot.maxcompute_clients import MaxComputeClients, Purpose
from odps_bot.runs import RunState
from odps_bot.sandbox.maxcompute import POLLS, http_error, not_held, refuse, throttle
from odps_bot.store import keys
from workers.polling import held_runs
from workers.polling.held_runs import add_run, hand_over, hold, make_pool, report_end
from workers.polling.hold_pool import Held
from workers.polling.poll import poll

pytestmark = pytest.mark.usefixtures("jobs")


@pytest.fixture
def jobs(world):
    """The jobs that are enqueued; no worker takes them."""
    world.services = replace(world.services, jobs=Mock())
    return world.services.jobs


def started(world, *, lasts_s):
    return world.submit(world.ask(f"run set sandbox.duration={lasts_s}; select 1 as a"))


def held(world, run, *, owner="me", **how):
    return hold(run.run_id, world.services, owner=owner, **how)


def owner_of(world, run):
    return world.services.redis.get(keys.held_run(run.run_id))


def operations(world):
    return [r.operation for r in world.maxcompute.requests()]


def test_an_end_is_known_at_once_and_told_by_the_next_delivery(world, jobs):
    run = started(world, lasts_s=1.5)
    jobs.hold_run.assert_called_once_with(run.run_id)

    assert held(world, run) is Held.ENDED
    report_end(run.run_id, world.services)
    ended_at = max(one.ended_at for one in world.maxcompute.instances())
    late = world.services.clock() - ended_at
    world.deliver()

    assert late < timedelta(seconds=1)
    assert world.run(run.run_id).state is RunState.SUCCEEDED
    assert len(world.replies(run)) == 1
    assert operations(world).count("instancestatus") == 1


def test_a_run_is_held_by_one_worker_at_a_time(world):
    run = started(world, lasts_s=60)
    assert world.services.stores.held_runs.take(run.run_id, "another")

    assert held(world, run) is Held.NOT_HELD

    assert "instancestatus" not in operations(world)
    assert owner_of(world, run) == b"another"
    world.services.stores.held_runs.release([run.run_id], "another")
    assert held(world, run) is Held.RUNNING
    assert held(world, run) is Held.RUNNING
    assert held(world, run, owner="another") is Held.NOT_HELD


def test_who_was_paused_until_another_took_over_leaves_the_run_to_it(world):
    run = started(world, lasts_s=60)
    assert held(world, run) is Held.RUNNING
    # As after 15 seconds.
    world.services.redis.delete(keys.held_run(run.run_id))
    assert world.services.stores.held_runs.take(run.run_id, "another")

    assert held(world, run) is Held.NOT_HELD

    assert operations(world).count("instancestatus") == 1
    assert owner_of(world, run) == b"another"


def test_who_is_paused_with_the_mark_sends_nothing_after_it(world, monkeypatch):
    run = started(world, lasts_s=60)
    monkeypatch.setattr(held_runs, "HOLD_WITHIN", timedelta(0))

    assert held(world, run) is Held.NOT_HELD

    assert "instancestatus" not in operations(world)
    assert owner_of(world, run) is None


def test_a_process_that_ends_takes_no_mark_with_it(world):
    run = started(world, lasts_s=60)

    assert held(world, run, is_closing=lambda: True) is Held.NOT_HELD

    assert "instancestatus" not in operations(world)
    assert owner_of(world, run) is None


def test_what_nobody_foresees_leaves_no_mark(world, monkeypatch):
    run = started(world, lasts_s=60)
    monkeypatch.setattr(held_runs, "_ask", Mock(side_effect=RuntimeError("what?")))

    with pytest.raises(RuntimeError):
        held(world, run)

    assert owner_of(world, run) is None


def test_polls_are_rarer_while_somebody_waits_and_as_ever_afterwards(world, jobs):
    run = started(world, lasts_s=60)
    jobs.reset_mock()
    assert world.services.stores.held_runs.take(run.run_id, "another")

    def pause():
        poll(run.run_id, world.services, is_prompted=True)
        polled = world.run(run.run_id)
        return (polled.next_poll_at - polled.polled_at).total_seconds()

    # The first poll comes with the first update of the card, after three seconds.
    assert 2 < pause() <= 3
    world.clock.push(seconds=4)
    assert pause() == 5
    jobs.hold_run.assert_not_called()

    world.services.stores.held_runs.release([run.run_id], "another")
    assert pause() == 1
    jobs.hold_run.assert_called_once_with(run.run_id)


@pytest.mark.parametrize(
    "fault",
    [
        not_held(),
        refuse(400, "InvalidParameter", "unknown parameter instancestatus"),
        refuse(404, "NoSuchObject", "no resource instancestatus"),
        http_error(405),
    ],
)
def test_where_nothing_is_held_runs_are_polled_as_ever(world, jobs, fault):
    run = started(world, lasts_s=60)
    jobs.reset_mock()
    world.maxcompute.faults.add(fault, operation="instancestatus", times=9)

    assert held(world, run) is Held.NOT_HELD
    assert held(world, run) is Held.NOT_HELD
    poll(run.run_id, world.services, is_prompted=True)

    assert operations(world).count("instancestatus") == 1
    assert not world.services.redis.exists(keys.held_run(run.run_id))
    jobs.hold_run.assert_not_called()
    assert world.run(run.run_id).unreachable_since is None


@pytest.mark.parametrize("fault", [http_error(503), throttle(timedelta(seconds=60))])
def test_trouble_of_a_held_request_holds_up_no_poll(world, fault):
    run = started(world, lasts_s=60)
    world.maxcompute.faults.add(fault, operation="instancestatus", times=9)

    for _ in range(4):
        assert held(world, run) is Held.NOT_HELD
    poll(run.run_id, world.services, is_prompted=True)

    assert world.run(run.run_id).polls == 1
    assert world.run(run.run_id).unreachable_since is None


def test_tasks_that_end_a_moment_later_are_polled_again(world):
    run = started(world, lasts_s=1)
    pauses = []

    def sleep(seconds):
        pauses.append(seconds)
        time.sleep(1.2)

    report_end(run.run_id, world.services, sleep=sleep)

    assert world.run(run.run_id).state is RunState.SUCCEEDED
    assert pauses == [0.2]


def test_an_end_that_polls_do_not_see_is_left_to_them(world, jobs):
    run = started(world, lasts_s=60)
    jobs.reset_mock()
    assert world.services.stores.held_runs.take(run.run_id, "another")

    report_end(run.run_id, world.services, sleep=lambda _: None)

    assert world.run(run.run_id).polls == 3
    jobs.hold_run.assert_not_called()
    assert jobs.poll_run.called


def test_old_runs_and_followed_ones_are_not_waited_for(world):
    run = started(world, lasts_s=60)
    world.clock.push(seconds=120)

    assert held(world, run) is Held.NOT_HELD

    assert "instancestatus" not in operations(world)


def test_a_process_that_ends_hands_its_runs_over(world, jobs):
    run = started(world, lasts_s=60)
    pool = make_pool(world.services)
    add_run(run.run_id, world.services, pool)
    until_s = time.monotonic() + 10
    while not world.services.redis.exists(keys.held_run(run.run_id)):
        assert time.monotonic() < until_s
    jobs.reset_mock()
    began_s = time.monotonic()

    hand_over(pool, world.services)

    assert time.monotonic() - began_s < 1
    jobs.hold_run.assert_called_once_with(run.run_id)
    assert not world.services.redis.exists(keys.held_run(run.run_id))


def test_what_another_process_waits_for_stays_its_own(world, jobs):
    run = started(world, lasts_s=60)
    pool = make_pool(world.services)
    pool.close = lambda: [run.run_id]
    assert world.services.stores.held_runs.take(run.run_id, "another")

    hand_over(pool, world.services)

    assert owner_of(world, run) == b"another"


def test_a_process_ends_without_redis_too(world, jobs, caplog):
    run = started(world, lasts_s=60)
    pool = make_pool(world.services)
    pool.close = lambda: [run.run_id]
    jobs.hold_run.side_effect = RedisError("away")

    hand_over(pool, world.services)

    assert "nobody waits for the ends of 1 runs for now: away" in caplog.text


def test_held_requests_of_all_processes_take_a_quarter_of_the_rate_limit(world):
    services = world.services
    settings = replace(services.settings, requests_per_second=40)

    def stop(_seconds):
        raise TimeoutError

    processes = [
        MaxComputeClients(
            settings,
            services.rules,
            services.stores.rate_limiter,
            services.stores.endpoint_health,
            services.metrics,
            sleep=stop,
        )
        for _ in range(2)
    ]
    sent = 0
    with contextlib.suppress(TimeoutError):
        for process in processes * 20:
            process.of("sandbox", Purpose.HOLD).transport._throttle.wait_for_turn()
            sent += 1

    # At once, and some that have come back meanwhile; others leave half of all 40.
    assert 10 <= sent < 20


def test_an_outage_is_found_out_by_polls_alone(world):
    run = started(world, lasts_s=60)
    world.maxcompute.faults.add(http_error(503), operation=POLLS, times=99)

    assert held(world, run) is Held.NOT_HELD
    assert world.run(run.run_id).unreachable_since is None
    poll(run.run_id, world.services, is_prompted=True)

    assert world.run(run.run_id).unreachable_since is not None
    assert held(world, run) is Held.NOT_HELD
