"""Jobs as RQ and its tools see them."""

import importlib
import inspect
import json
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
    SUBMIT_QUEUE,
    SUBMIT_RUN,
    SWEEP_PROJECT,
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


def test_what_must_wait_for_a_moment_waits_for_a_second(
    frozen_jobs: JobQueue, redis: Redis
) -> None:
    frozen_jobs.submit_run("run1", after=timedelta(milliseconds=1))
    frozen_jobs.submit_run("run2", after=timedelta(seconds=3))
    frozen_jobs.submit_run("run3")

    parked = scheduled(redis, SUBMIT_QUEUE)
    moments = {job.kwargs["run_id"]: job.id.rpartition("-")[2] for job, _ in parked}
    assert moments == {"run1": "1795348801000", "run2": "1795348803000"}
    assert [job.kwargs["run_id"] for job in booked(redis)] == ["run3"]


def test_the_same_look_is_booked_once(frozen_jobs: JobQueue, redis: Redis) -> None:
    in_a_moment = datetime.now(UTC) + timedelta(seconds=30)
    for _ in range(3):
        frozen_jobs.poll_run("run1", at=in_a_moment)
        frozen_jobs.submit_run("run1")

    assert len(scheduled(redis, FOLLOW_QUEUE)) == 1
    assert len(list(booked(redis))) == 1


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


def test_only_a_few_deliveries_wait_however_often_they_are_booked(
    jobs: JobQueue, redis: Redis
) -> None:
    for _ in range(100):
        jobs.deliver()

    assert len(list(booked(redis))) == 2


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


def test_a_job_that_comes_before_its_moment_can_be_put_off_again(redis: Redis) -> None:
    now_s = NOON_S + 0.5
    jobs = JobQueue(redis, epoch_s=lambda: now_s)
    jobs.send_file("chart", "run1", after=timedelta(seconds=0.4))
    [(early, when)] = scheduled(redis, FILES_QUEUE)
    now_s = when.timestamp()
    wait = timedelta(seconds=float(early.id.rpartition("-")[2]) / 1_000 - now_s)

    # RQ runs it by whole seconds, and what it waits for is not there yet.
    jobs.send_file("chart", "run1", after=wait)

    assert len(scheduled(redis, FILES_QUEUE)) == 2


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
