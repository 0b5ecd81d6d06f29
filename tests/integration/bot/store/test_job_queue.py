"""Jobs as RQ and its tools see them."""

import importlib
import inspect
import json
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from redis import Redis
from rq import Queue
from rq.job import Job
from rq.registry import ScheduledJobRegistry

from odps_bot.store.job_queue import (
    ANSWER_INQUIRIES,
    DELIVER,
    DELIVER_QUEUE,
    FILES_QUEUE,
    FOLLOW_QUEUE,
    JOBS,
    POLL_RUN,
    QUEUES,
    REFRESH_MEMBERSHIPS,
    SEND_FILE,
    SERIALIZER,
    STOP_QUEUE,
    SUBMIT_QUEUE,
    SUBMIT_RUN,
    SWEEP_PROJECT,
    WATCH_QUEUE,
    JobQueue,
)

NOON_S = 1_795_348_800.0
FAILURE_TTL_S = 86_400


def ticking_clock() -> Callable[[], float]:
    """Return a clock that goes on a millisecond with every look."""
    ticks = count()
    return lambda: NOON_S + next(ticks) / 1_000


@pytest.fixture
def jobs(redis: Redis) -> JobQueue:
    return JobQueue(redis, epoch_s=ticking_clock())


@pytest.fixture
def frozen_jobs(redis: Redis) -> JobQueue:
    return JobQueue(redis, epoch_s=lambda: NOON_S)


def queue(redis: Redis, name: str) -> Queue:
    return Queue(name, connection=redis, serializer=SERIALIZER)


def booked(redis: Redis) -> Iterator[Job]:
    for name in QUEUES:
        yield from queue(redis, name).get_jobs()


def scheduled(redis: Redis, name: str) -> list[tuple[Job, datetime]]:
    registry = ScheduledJobRegistry(queue=queue(redis, name))
    return [
        (
            Job.fetch(job_id, connection=redis, serializer=SERIALIZER),
            registry.get_scheduled_time(job_id),
        )
        for job_id in registry.get_job_ids()
    ]


@pytest.mark.parametrize("name", JOBS)
def test_every_job_can_be_imported_by_its_name(name: str) -> None:
    module, _, function = name.rpartition(".")

    job = getattr(importlib.import_module(module), function)

    assert inspect.isfunction(job)
    assert job.__doc__


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        (SUBMIT_RUN, ["run_id"]),
        (POLL_RUN, ["run_id", "is_prompted"]),
        (SWEEP_PROJECT, ["project"]),
        (DELIVER, []),
        (ANSWER_INQUIRIES, []),
        (SEND_FILE, ["kind", "run_id"]),
        (REFRESH_MEMBERSHIPS, []),
    ],
)
def test_every_job_takes_what_it_is_booked_with(name: str, parameters: list[str]) -> None:
    module, _, function = name.rpartition(".")

    signature = inspect.signature(getattr(importlib.import_module(module), function))

    assert list(signature.parameters) == parameters


def test_each_job_goes_to_its_queue_with_the_id_of_its_run(jobs: JobQueue, redis: Redis) -> None:
    jobs.submit_run("run1")
    jobs.poll_run("run1")
    jobs.deliver()
    jobs.send_file("csv", "run1")

    found = {job.origin: (job.func_name, job.kwargs) for job in booked(redis)}
    assert found == {
        SUBMIT_QUEUE: (SUBMIT_RUN, {"run_id": "run1"}),
        FOLLOW_QUEUE: (POLL_RUN, {"run_id": "run1"}),
        DELIVER_QUEUE: (DELIVER, {}),
        FILES_QUEUE: (SEND_FILE, {"kind": "csv", "run_id": "run1"}),
    }


def test_a_file_has_more_time_than_other_jobs(jobs: JobQueue, redis: Redis) -> None:
    jobs.send_file("csv", "run1")
    jobs.deliver()

    timeouts = {job.origin: job.timeout for job in booked(redis)}
    assert timeouts[FILES_QUEUE] == 600
    assert timeouts[DELIVER_QUEUE] == 60


def test_a_file_can_be_sent_later(jobs: JobQueue, redis: Redis) -> None:
    jobs.send_file("csv", "run1", after=timedelta(seconds=5))

    assert len(scheduled(redis, FILES_QUEUE)) == 1


def test_a_later_look_is_parked_where_rqs_tools_show_it(jobs: JobQueue, redis: Redis) -> None:
    before = datetime.now(UTC)

    jobs.poll_run("run1", at=before + timedelta(seconds=30))

    [(job, at)] = scheduled(redis, FOLLOW_QUEUE)
    assert job.kwargs == {"run_id": "run1"}
    assert timedelta(seconds=29) < at - before < timedelta(seconds=35)
    assert list(booked(redis)) == []


def test_a_parked_look_is_cancelled_without_a_trace(jobs: JobQueue, redis: Redis) -> None:
    at = datetime.now(UTC) + timedelta(hours=1)
    jobs.poll_run("run1", at=at)
    jobs.poll_run("run2", at=at)

    jobs.cancel_poll("run1", at)
    jobs.cancel_poll("run1", at)

    [(job, _)] = scheduled(redis, FOLLOW_QUEUE)
    assert job.kwargs == {"run_id": "run2"}
    assert len(redis.keys("rq:job:*")) == 1


def test_a_job_that_died_does_not_block_the_next(jobs: JobQueue, redis: Redis) -> None:
    jobs.submit_run("run1")
    [dead] = booked(redis)
    queue(redis, SUBMIT_QUEUE).remove(dead)

    jobs.submit_run("run1")

    [alive] = booked(redis)
    assert alive.id != dead.id


def test_jobs_leave_nothing_behind_for_long(jobs: JobQueue, redis: Redis) -> None:
    jobs.submit_run("run1")
    jobs.poll_run("run1", at=datetime.now(UTC) + timedelta(seconds=5))
    jobs.deliver()

    for job in [*booked(redis), *(job for job, _ in scheduled(redis, FOLLOW_QUEUE))]:
        assert job.result_ttl == 0
        assert job.failure_ttl == FAILURE_TTL_S
        assert job.timeout == 60


def test_nothing_in_redis_is_a_pickle(jobs: JobQueue, redis: Redis) -> None:
    jobs.submit_run("run1")
    jobs.poll_run("run1", at=datetime.now(UTC) + timedelta(seconds=5))
    jobs.deliver()

    records = [redis.hget(key, "data") for key in redis.keys("rq:job:*")]
    assert len(records) == 3
    for record in records:
        assert record is not None
        assert isinstance(json.loads(plain(record)), list)


def plain(record: bytes) -> bytes:
    """Return a job's data as it was before RQ compressed it, if it did."""
    try:
        return zlib.decompress(record)
    except zlib.error:
        return record


def test_a_job_that_nobody_begins_is_forgotten_after_a_day(redis: Redis, jobs: JobQueue) -> None:
    jobs.submit_run("run1")
    jobs.poll_run("run1", at=datetime.fromtimestamp(NOON_S + 3_600, UTC))

    for key in redis.scan_iter("rq:job:*"):
        # RQ keeps a job that is parked for an hour for that hour longer.
        assert 86_000 < redis.ttl(key) <= 86_400


def test_rqs_tools_see_the_queues_again_after_redis_was_emptied(redis: Redis) -> None:
    now_s = [NOON_S]
    jobs = JobQueue(redis, epoch_s=lambda: now_s[0])
    jobs.submit_run("r1")
    redis.flushall()
    now_s[0] += 600
    jobs.submit_run("r1")

    assert redis.smembers("rq:queues") == {f"rq:queue:{SUBMIT_QUEUE}".encode()}


def test_of_the_jobs_of_one_name_one_waits(jobs: JobQueue, redis: Redis) -> None:
    for _ in range(24):
        jobs.sweep_project("ads")
        jobs.sweep_project("analytics")
        jobs.poll_run("run1")
        jobs.poll_now("run1")
        jobs.submit_run("run1")
        jobs.stop_run("run1")
        jobs.deliver()
        jobs.answer_inquiries()
        jobs.refresh_memberships()

    assert {name: n for name, n in jobs.waiting().items() if n} == {
        "odps-bot-submit": 1,
        "odps-bot-watch": 3,
        "odps-bot-deliver": 1,
        "odps-bot-answer": 1,
        "odps-bot-follow": 1,
        "odps-bot-prompted": 1,
        "odps-bot-stop": 1,
    }


def test_a_job_that_runs_does_not_keep_the_next_from_waiting(jobs: JobQueue, redis: Redis) -> None:
    jobs.sweep_project("ads")
    [running_id] = queue(redis, WATCH_QUEUE).job_ids
    redis.lpop(f"rq:queue:{WATCH_QUEUE}")

    jobs.sweep_project("ads")
    jobs.sweep_project("ads")

    [next_id] = queue(redis, WATCH_QUEUE).job_ids
    assert next_id != running_id


def test_a_poll_is_scheduled_once_for_each_time(jobs: JobQueue, redis: Redis) -> None:
    at = datetime.now(UTC) + timedelta(seconds=30)
    for _ in range(3):
        jobs.poll_run("run1", at=at)

    assert len(scheduled(redis, FOLLOW_QUEUE)) == 1


def test_a_poll_whose_time_is_over_is_enqueued(jobs: JobQueue, redis: Redis) -> None:
    jobs.poll_run("run1", at=datetime.now(UTC) - timedelta(seconds=1))

    assert [job.kwargs for job in booked(redis)] == [{"run_id": "run1"}]


def test_redis_clock_says_when_a_job_is_due(redis: Redis) -> None:
    jobs = JobQueue(redis, epoch_s=lambda: time.time() + 3_600)
    jobs.submit_run("run1", after=timedelta(hours=1))
    jobs.poll_run("run2", at=datetime.now(UTC) + timedelta(seconds=30))

    assert jobs.enqueue_due() == 0
    [(_, at)] = scheduled(redis, SUBMIT_QUEUE)
    in_an_hour = datetime.now(UTC) + timedelta(hours=1)
    assert timedelta(0) <= in_an_hour - at < timedelta(minutes=1)


def make_due(redis: Redis, name: str) -> None:
    for job_id in redis.zrange(f"rq:scheduled:{name}", 0, -1):
        redis.zadd(f"rq:scheduled:{name}", {job_id: 1})


def test_what_is_due_is_enqueued_once_however_many_workers_do_it(
    jobs: JobQueue, redis: Redis
) -> None:
    jobs.poll_run("run1", at=datetime.now(UTC) + timedelta(seconds=30))
    jobs.stop_run("run2", at=datetime.now(UTC) + timedelta(seconds=30))
    make_due(redis, FOLLOW_QUEUE)
    make_due(redis, STOP_QUEUE)

    assert [jobs.enqueue_due() for _ in range(3)] == [2, 0, 0]
    assert [job.kwargs["run_id"] for job in booked(redis)] == ["run1", "run2"]
    assert all(job.get_status() == "queued" for job in booked(redis))
    assert all(job.enqueued_at for job in booked(redis))


def test_a_scheduled_poll_is_dropped_where_one_of_its_run_waits(
    jobs: JobQueue, redis: Redis
) -> None:
    jobs.poll_run("run1")
    jobs.poll_run("run1", at=datetime.now(UTC) + timedelta(seconds=30))
    make_due(redis, FOLLOW_QUEUE)

    assert jobs.enqueue_due() == 0
    assert len(list(booked(redis))) == len(redis.keys("rq:job:*")) == 1


def test_scheduled_jobs_that_are_gone_or_damaged_hold_up_nobody(
    jobs: JobQueue, redis: Redis
) -> None:
    redis.zadd(f"rq:scheduled:{FOLLOW_QUEUE}", {"gone": 1, "damaged": 2})
    redis.lpush("rq:job:damaged", "rubbish")
    jobs.poll_run("run1", at=datetime.now(UTC) + timedelta(seconds=30))
    redis.zadd(f"rq:scheduled:{FOLLOW_QUEUE}", {scheduled_id(redis, "run1"): 3})

    assert [jobs.enqueue_due() for _ in range(2)] == [1, 0]


def scheduled_id(redis: Redis, run_id: str) -> str:
    [key] = redis.scan_iter(f"rq:job:follow-{run_id}-*")
    return key.decode().removeprefix("rq:job:")


def test_a_stop_that_is_scheduled_can_be_cancelled(jobs: JobQueue, redis: Redis) -> None:
    at = datetime.now(UTC) + timedelta(hours=1)
    jobs.stop_run("run1", at=at)

    assert jobs.is_poll_scheduled("run1", at)
    jobs.cancel_poll("run1", at)

    assert not jobs.is_poll_scheduled("run1", at)
    assert scheduled(redis, STOP_QUEUE) == []
    assert redis.keys("rq:job:*") == []


def test_a_job_is_enqueued_in_one_round_trip(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = JobQueue(redis)
    jobs.submit_run("run0")
    sent: list[object] = []
    execute = redis.execute_command
    monkeypatch.setattr(
        redis, "execute_command", lambda *args, **o: (sent.append(args), execute(*args, **o))[1]
    )

    jobs.submit_run("run1")

    assert len(sent) == 1


def test_of_the_submissions_of_a_waiting_run_one_is_scheduled(jobs: JobQueue, redis: Redis) -> None:
    for minutes in (5, 9, 2, 7):
        jobs.submit_run("run1", after=timedelta(minutes=minutes))
    jobs.submit_run("run2", after=timedelta(minutes=1))
    soon = datetime.now(UTC) + timedelta(minutes=2, seconds=1)

    found = {job.kwargs["run_id"]: at for job, at in scheduled(redis, SUBMIT_QUEUE)}
    assert len(scheduled(redis, SUBMIT_QUEUE)) == 2
    assert found["run1"] <= soon
    assert len(list(redis.scan_iter("rq:job:submit-run1-*"))) == 1
