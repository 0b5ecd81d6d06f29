"""What is overdue is booked again within seconds, by one worker."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis import Redis
from rq import Queue

from odps_bot.runs import RunState
from odps_bot.store import keys
from odps_bot.store.job_queue import (
    DELIVER,
    FOLLOW_QUEUE,
    POLL_RUN,
    SERIALIZER,
    STOP_QUEUE,
    SUBMIT_RUN,
)
from odps_bot.store.notification_kind import NotificationKind
from workers.runtime.reconciler import reconcile_once, reconcile_until
from workers.runtime.scheduler import schedule_until

DEADLINE_S = 30

GOES_ON_BY = {
    RunState.QUEUED: SUBMIT_RUN,
    RunState.SUBMITTING: SUBMIT_RUN,
    RunState.RUNNING: POLL_RUN,
}


def let_everything_be_overdue(redis: Redis) -> None:
    for run_id in redis.zrange(keys.deadlines(), 0, -1):
        redis.zadd(keys.deadlines(), {run_id: 1})


def forget_jobs(redis: Redis) -> None:
    """Lose every job, as a killed worker or a lost promotion does."""
    for key in redis.scan_iter("rq:*"):
        redis.delete(key)


@pytest.mark.parametrize("state", GOES_ON_BY)
def test_a_run_whose_job_was_lost_is_prompted_by_its_state(
    alice: Any, bot: Any, redis: Redis, state: RunState
) -> None:
    alice.types("run select 1")
    run = bot.bring(bot.newest_run(), state)
    forget_jobs(redis)
    let_everything_be_overdue(redis)

    reconcile_once(bot.services)

    assert bot.enqueued_jobs() == [(GOES_ON_BY[state], {"run_id": run.run_id})]


def test_a_stop_whose_job_was_lost_is_sent_by_the_lane_of_stops(
    alice: Any, bot: Any, redis: Redis
) -> None:
    alice.types("run select 1")
    run = bot.bring(bot.newest_run(), RunState.STOPPING)
    forget_jobs(redis)
    let_everything_be_overdue(redis)

    reconcile_once(bot.services)

    [job] = Queue(STOP_QUEUE, connection=redis, serializer=SERIALIZER).get_jobs()
    assert (job.func_name, job.kwargs) == (POLL_RUN, {"run_id": run.run_id, "is_prompted": True})


def test_a_run_that_is_not_overdue_is_left_alone(alice: Any, bot: Any, redis: Redis) -> None:
    alice.types("run select 1")
    forget_jobs(redis)

    reconcile_once(bot.services)

    assert bot.enqueued_jobs() == []


def test_of_many_workers_one_beats_in_a_second(alice: Any, bot: Any, redis: Redis) -> None:
    alice.types("run select 1")
    forget_jobs(redis)
    let_everything_be_overdue(redis)
    reconcile_once(bot.services)
    let_everything_be_overdue(redis)

    for _ in range(10):
        reconcile_once(bot.services)

    assert len(bot.enqueued_jobs()) == 1
    assert 0 < redis.pttl(keys.reconciler_turn()) <= 1_000


def test_a_run_is_prompted_again_when_nothing_has_happened_for_fifteen_seconds(
    alice: Any, bot: Any, redis: Redis
) -> None:
    alice.types("run select 1")
    let_everything_be_overdue(redis)
    before_s, _ = redis.time()
    reconcile_once(bot.services)
    after_s, _ = redis.time()

    [(_, due_s)] = redis.zrange(keys.deadlines(), 0, -1, withscores=True)
    assert before_s + 15 <= due_s <= after_s + 16


def test_a_hundred_overdue_runs_are_prompted_at_once(bot: Any, redis: Redis, make_run: Any) -> None:
    for n in range(110):
        bot.services.stores.runs.create(
            make_run(run_id=f"run{n}", name=f"r{n}"), overdue_in=timedelta(0)
        )

    reconcile_once(bot.services)

    assert len(bot.enqueued_jobs()) == 100


def test_a_run_that_is_forgotten_or_damaged_is_set_aside(
    alice: Any, bot: Any, redis: Redis
) -> None:
    alice.types("run select 'damaged'")
    redis.hset(keys.run(bot.newest_run().run_id), "record", b"{")
    alice.types("run select 'sound'")
    sound = bot.newest_run()
    redis.zadd(keys.deadlines(), {"forgotten": 1})
    forget_jobs(redis)
    let_everything_be_overdue(redis)

    reconcile_once(bot.services)

    assert bot.enqueued_jobs() == [(SUBMIT_RUN, {"run_id": sound.run_id})]
    assert redis.zrange(keys.deadlines(), 0, -1) == [sound.run_id.encode()]


def test_a_beat_that_has_much_to_do_turns_all_the_while(bot: Any, alice: Any, redis: Redis) -> None:
    for count in range(5):
        alice.types(f"run select {count}")
    forget_jobs(redis)
    let_everything_be_overdue(redis)
    turns: list[int] = []

    reconcile_once(bot.services, on_tick=lambda: turns.append(1))

    assert len(turns) > 5


def test_an_outbox_that_waits_is_delivered(bot: Any) -> None:
    bot.services.stores.outbox.enqueue(NotificationKind.CARD, "run1")

    reconcile_once(bot.services)

    assert bot.enqueued_jobs() == [(DELIVER, {})]


def test_it_beats_until_it_is_told_to_stop(bot: Any) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=reconcile_until, args=(stop, bot.services))
    bot.services.stores.outbox.enqueue(NotificationKind.CARD, "run1")
    thread.start()

    came = wait_until(lambda: bool(bot.enqueued_jobs()))
    stop.set()
    thread.join(DEADLINE_S)

    assert came
    assert not thread.is_alive()


def test_a_job_whose_time_has_come_is_moved_into_its_queue(bot: Any, redis: Redis) -> None:
    bot.services.jobs.poll_run("run1", at=datetime.now(UTC) + timedelta(milliseconds=50))
    stop = threading.Event()
    thread = threading.Thread(target=schedule_until, args=(stop, bot.services))
    thread.start()

    came = wait_until(lambda: bool(bot.enqueued_jobs()))
    stop.set()
    thread.join(DEADLINE_S)

    assert came
    queue = Queue(FOLLOW_QUEUE, connection=redis, serializer=SERIALIZER)
    assert [job.kwargs for job in queue.get_jobs()] == [{"run_id": "run1"}]


def wait_until(condition: Any) -> bool:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False
