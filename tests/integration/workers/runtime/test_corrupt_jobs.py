"""What a worker cannot read is set aside, with an error in the log, and stops nobody."""

import json
from datetime import timedelta

import pytest
from rq.job import Job

from odps_bot.operations.shutdown import GracefulShutdown
from odps_bot.runs import RunState
from odps_bot.store import keys
from odps_bot.store.job_queue import FOLLOW_QUEUE, JOBS, SERIALIZER, SUBMIT_QUEUE
from workers.runtime.allowed_jobs import AllowedJob
from workers.runtime.reconciler import reconcile_once
from workers.runtime.rq_worker import bot_worker


@pytest.fixture
def work(world, monkeypatch):
    """Run what is booked until the queues are empty."""
    # The modules are imported before: what they import under a patch would outlive it.
    for job in JOBS:
        monkeypatch.setattr(f"{job.rpartition('.')[0]}.get_services", lambda: world.services)

    def run_all():
        stopping = GracefulShutdown(within=timedelta(hours=1))
        worker = bot_worker(world.services, stopping, redis=world.services.redis)
        worker.run_waiting()

    return run_all


def book(world, job_id, **fields):
    """Put a job into a queue as somebody else might have done."""
    queue = world.services.jobs._queues[SUBMIT_QUEUE]
    job = Job.create(
        "workers.jobs.submit_run.submit_run",
        kwargs={"run_id": "x"},
        connection=world.services.redis,
        serializer=SERIALIZER,
        id=job_id,
        origin=SUBMIT_QUEUE,
    )
    job.save()
    for name, value in fields.items():
        world.services.redis.hset(job.key, name, value)
    world.services.redis.rpush(queue.key, job_id)


@pytest.mark.parametrize(
    "damage",
    [
        {"data": b"\x80\x04 a pickle"},
        {"data": b'["workers.jobs.submit_run.no_such_job", null, [], {}]'},
        {"data": b'["os.getcwd", null, [], {"run_id": 5}]'},
        {"data": b"[]"},
        {"created_at": b"yesterday"},
    ],
)
def test_a_job_that_nobody_can_read_stops_nobody(world, work, damage):
    book(world, "damaged", **damage)
    run = world.ask("run select 1")
    work()

    assert world.run(run.run_id).state is RunState.RUNNING


@pytest.mark.parametrize(
    "function", ["os.mkdir", "pathlib.Path.mkdir", "workers.jobs.deliver.get_services"]
)
def test_no_job_runs_anything_but_our_functions(world, work, tmp_path, function):
    place = tmp_path / "made"
    book(world, "foreign", data=json.dumps([function, None, [str(place)], {}]))
    book(world, "method", data=json.dumps(["format", "{}", [], {}]))
    work()

    assert not place.exists()
    failed = world.services.jobs._queues[SUBMIT_QUEUE].failed_job_registry
    assert set(failed.get_job_ids()) == {"foreign", "method"}


def test_a_job_that_version_0_2_has_enqueued_is_run(world, work):
    run = world.ask("run select 1")
    world.services.redis.delete(world.services.jobs._queues[SUBMIT_QUEUE].key)
    former = ["workers.submit_run.submit_run", None, [], {"run_id": run.run_id}]
    book(world, "former", data=json.dumps(former))
    work()

    assert world.run(run.run_id).state is RunState.RUNNING


def test_no_job_calls_anything_back(world, work, tmp_path):
    # It would be called with the job, whose text is its own id.
    called = "shutil.rmtree"
    for outcome in ("success", "failure", "stopped"):
        book(world, f"job-{outcome}", **{f"{outcome}_callback_name": called})
    run = world.ask("run select 1")
    work()

    assert world.run(run.run_id).state is RunState.RUNNING
    job = AllowedJob.fetch("job-success", connection=world.services.redis, serializer=SERIALIZER)
    assert job.success_callback is job.failure_callback is job.stopped_callback is None


def test_a_job_whose_hash_is_gone_stops_nobody(world, work):
    world.services.redis.rpush(world.services.jobs._queues[SUBMIT_QUEUE].key, "gone")
    run = world.ask("run select 1")
    work()

    assert world.run(run.run_id).state is RunState.RUNNING


@pytest.mark.parametrize("record", [b"", b"{", b'{"run_id": 5}', b"\xff"])
def test_a_damaged_record_is_set_aside_and_stops_nobody(world, work, record):
    damaged = world.ask("run select 1 as damaged")
    world.services.redis.hset(keys.run(damaged.run_id), "record", record)
    run = world.ask("run select 1")
    work()
    world.services.redis.zadd(keys.deadlines(), {damaged.run_id: 0})
    reconcile_once(world.services)

    assert world.run(run.run_id).state is RunState.RUNNING
    assert world.services.redis.zscore(keys.deadlines(), damaged.run_id) is None
    assert world.services.jobs._queues[FOLLOW_QUEUE].count == 0
