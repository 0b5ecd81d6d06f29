"""How long the workers wait, and how often they try: the numbers that people notice."""

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from odps_bot.runs import RunState
from odps_bot.sandbox.maxcompute.faults import http_error, reset_after, reset_before
from odps_bot.slack.errors import PostInProgressError, RateLimitedError, UnreachableError
from odps_bot.store import keys
from odps_bot.store.notification_kind import NotificationKind
from workers.delivery import deliver
from workers.polling.poll import poll

READ = "run select 1"
WRITE = "run insert into customers select * from customers"


def lies_ahead(world: Any, act: Callable[[], datetime | None], span: timedelta) -> bool:
    """Return whether the instant that `act` returns lies so far ahead, however long it takes."""
    before = world.clock()
    instant = act()
    assert instant is not None
    return bool(before + span <= instant <= world.clock() + span)


def _die(*_arguments: object, **_names: object) -> None:
    raise SystemExit


def test_a_worker_that_submits_is_taken_for_dead_after_ninety_seconds(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = world.ask(READ)
    monkeypatch.setattr("workers.submission.submit._submitted", _die)

    def submit_and_die() -> datetime | None:
        with contextlib.suppress(SystemExit):
            world.submit(run)
        until: datetime | None = world.run(run.run_id).submitting_until
        return until

    assert lies_ahead(world, submit_and_die, timedelta(seconds=90))


def test_an_instance_whose_submission_is_open_is_looked_up_every_ten_seconds(world: Any) -> None:
    world.maxcompute.faults.add(reset_after(), operation="submit", times=1)
    run = world.ask(READ)

    assert lies_ahead(world, lambda: world.submit(run).submitting_until, timedelta(seconds=10))


def test_what_certainly_was_not_submitted_is_tried_three_times(world: Any) -> None:
    world.maxcompute.faults.add(http_error(403), operation="submit", times=3)
    run = world.ask(READ)

    states = [world.submit(run).state for _ in range(3)]

    assert states == [RunState.QUEUED, RunState.QUEUED, RunState.REFUSED]


def test_a_write_that_may_have_arrived_is_looked_up_six_times(world: Any) -> None:
    world.maxcompute.faults.add(reset_before(), operation="submit", times=1)
    run = world.submit(world.ask(WRITE))
    states = []
    while len(states) < 20 and not run.is_final:
        world.clock.push(seconds=15)
        run = world.submit(run)
        states.append(run.state)

    assert states == [RunState.SUBMITTING] * 5 + [RunState.UNKNOWN]


@pytest.mark.parametrize(("minutes_ahead", "is_found"), [(14, True), (16, False)])
def test_an_instance_is_found_by_clocks_that_differ_by_a_quarter_of_an_hour(
    world: Any, minutes_ahead: int, is_found: bool
) -> None:
    world.clock.push(minutes=minutes_ahead)
    world.maxcompute.faults.add(reset_after(), operation="submit", times=1)
    run = world.submit(world.ask(WRITE))
    world.clock.push(seconds=15)

    assert (world.submit(run).state is RunState.RUNNING) is is_found


@pytest.mark.parametrize(("seconds", "is_submitted"), [(12, False), (22, True)])
def test_a_run_waits_twenty_seconds_for_its_card(
    world: Any, seconds: int, is_submitted: bool
) -> None:
    world.slack.faults.add(method="chat.postMessage", kind="error", code="ratelimited", times=9)
    run = world.ask(READ)
    world.clock.push(seconds=seconds)

    assert (world.submit(run).state is RunState.RUNNING) is is_submitted


@pytest.mark.parametrize(("seconds", "is_told"), [(20, False), (35, True)])
def test_a_silence_of_maxcompute_is_told_after_half_a_minute(
    world: Any, seconds: int, is_told: bool
) -> None:
    run = world.submit(world.ask("run set sandbox.stuck=true; select 1"))
    world.maxcompute.stop()
    poll(run.run_id, world.services, is_prompted=True)
    world.clock.push(seconds=seconds)

    poll(run.run_id, world.services, is_prompted=True)

    assert world.run(run.run_id).is_outage_announced is is_told


def test_a_maxcompute_that_stays_out_of_reach_is_given_up_for_every_run(world: Any) -> None:
    runs = [world.submit(world.ask("run set sandbox.stuck=true; select 1")) for _ in range(2)]
    world.maxcompute.stop()
    hours = 0
    while hours < 30 and not all(world.run(run.run_id).is_final for run in runs):
        for run in runs:
            poll(run.run_id, world.services, is_prompted=True)
        world.clock.push(hours=1)
        hours += 1

    patience = world.services.settings.patience
    assert timedelta(hours=hours) <= patience + timedelta(hours=2)
    assert {world.run(run.run_id).state for run in runs} == {RunState.UNKNOWN}


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (UnreachableError("chat.update", "no_response", may_have_happened=True), 5),
        (PostInProgressError("chat.update", "in_progress"), 5),
        (RateLimitedError("chat.update", "ratelimited", retry_after=timedelta(seconds=7)), 7),
        (ZeroDivisionError(), 60),
    ],
    ids=["unreachable", "posted elsewhere", "busy", "a fault"],
)
def test_what_could_not_be_told_is_tried_again(
    world: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, seconds: int
) -> None:
    def fail(_about: str, _services: Any) -> None:
        raise error

    monkeypatch.setitem(deliver.HANDLERS, NotificationKind.PROGRESS, fail)
    outbox, redis = world.services.stores.outbox, world.services.redis
    outbox.enqueue(NotificationKind.PROGRESS, "run1")
    before_s, _ = redis.time()
    deliver.deliver_all(world.services)
    after_s, _ = redis.time()

    [(_, due_s)] = redis.zrange(keys.outbox(NotificationKind.PROGRESS), 0, -1, withscores=True)
    assert before_s + seconds <= due_s <= after_s + 1 + seconds


def test_what_a_worker_was_telling_when_it_died_is_told_by_another_after_a_minute(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(deliver.HANDLERS, NotificationKind.PROGRESS, _die)
    redis = world.services.redis
    world.services.stores.outbox.enqueue(NotificationKind.PROGRESS, "run1")
    before_s, _ = redis.time()
    with pytest.raises(SystemExit):
        deliver.deliver_all(world.services)
    after_s, _ = redis.time()

    [(_, due_s)] = redis.zrange(keys.outbox(NotificationKind.PROGRESS), 0, -1, withscores=True)
    assert before_s + 60 <= due_s <= after_s + 61
