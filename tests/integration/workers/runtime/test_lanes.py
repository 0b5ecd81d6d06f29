"""Jobs of one kind never stand behind those of another, and outlive what Redis does."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
from redis import Redis
from rq.timeouts import JobTimeoutException

from odps_bot.job_deadline import time_left
from odps_bot.operations.shutdown import GracefulShutdown
from odps_bot.store.job_queue import JOBS, WATCH_QUEUE
from workers.runtime.lane_threads import LaneThreads
from workers.runtime.lanes import LANES, parse_lanes

SOON = 20


class Gate:
    """A job that waits until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.open = threading.Event()
        self.names: list[str] = []

    def wait(self, run_id: str) -> None:
        self.names.append(run_id)
        self.begun.release()
        assert self.open.wait(SOON)


@pytest.fixture
def working(world, redis_server) -> Iterator[Callable[..., SimpleNamespace]]:
    """Return a function that starts lanes, by names; they are stopped in the end."""
    started = []

    def start(names: str = ",".join(lane.name for lane in LANES)) -> SimpleNamespace:
        stopping = GracefulShutdown(within=timedelta(hours=1))
        redis = Redis.from_url(redis_server.url)
        threads = LaneThreads(parse_lanes(names), world.services, stopping, redis=redis)
        threads.start()
        started.append(SimpleNamespace(stopping=stopping, threads=threads, redis=redis))
        return started[-1]

    yield start
    for one in started:
        one.stopping.requested.set()
        one.threads.join()
        one.redis.close()


@pytest.fixture
def jobs(world, monkeypatch) -> dict[str, Callable[..., None]]:
    """What the jobs do, by their names; nothing unless a test says otherwise."""
    done: dict[str, Callable[..., None]] = {}
    for job in JOBS:
        name = job.rpartition(".")[2]
        monkeypatch.setattr(job, lambda _name=name, **ids: done.get(_name, ignore)(**ids))
    return done


def ignore(**_ids: str) -> None:
    """Do nothing."""


def test_a_submission_begins_at_once_while_all_other_lanes_are_busy(world, working, jobs):
    gate, submitted = Gate(), threading.Event()
    for name in ("send_file", "poll_run", "sweep_project", "answer_inquiries"):
        jobs[name] = lambda name=name, **_ids: gate.wait(name)
    jobs["submit_run"] = lambda run_id: submitted.set()
    working()
    queue = world.services.jobs
    for number in range(10):
        queue.send_file("csv", f"r{number}")
        queue.poll_run(f"r{number}")
        queue.sweep_project(f"p{number}")
    queue.answer_inquiries()
    for _ in range(2 + 6 + 3 + 1):
        assert gate.begun.acquire(timeout=SOON)

    queue.submit_run("r99")

    assert submitted.wait(SOON)
    assert sorted(set(gate.names)) == ["answer_inquiries", "poll_run", "send_file", "sweep_project"]
    gate.open.set()


def test_a_stop_begins_at_once_while_submissions_and_polls_hang(world, working, jobs):
    gate, stopped = Gate(), threading.Event()
    jobs["submit_run"] = gate.wait
    jobs["poll_run"] = lambda run_id, is_prompted=False: (
        stopped.set() if run_id == "stop-me" else gate.wait(run_id)
    )
    working()
    for number in range(10):
        world.services.jobs.submit_run(f"r{number}")
        world.services.jobs.poll_run(f"r{number}")
    for _ in range(4 + 6):
        assert gate.begun.acquire(timeout=SOON)

    world.services.jobs.stop_run("stop-me")

    assert stopped.wait(SOON)
    gate.open.set()


def test_a_poll_that_is_due_waits_for_no_hundred_prompted_ones(world, working, jobs):
    begun: list[str] = []
    is_done = threading.Semaphore(0)

    def poll(run_id: str, *, is_prompted: bool = False) -> None:
        begun.append(run_id)
        is_done.release()

    jobs["poll_run"] = poll
    for number in range(100):
        world.services.jobs.poll_now(f"r{number}")
    world.services.jobs.poll_run("due")
    working("poll")
    for _ in range(101):
        assert is_done.acquire(timeout=SOON)

    # At worst each thread has taken a prompted one before.
    assert begun.index("due") <= 6


def test_lanes_go_on_when_redis_unblocks_refuses_and_drops_them(world, working, jobs, redis):
    submitted = threading.Semaphore(0)
    jobs["submit_run"] = lambda run_id: submitted.release()
    working("submit")
    for number, fault in enumerate((unblock_all, drop_all, be_read_only_for_a_moment)):
        world.services.jobs.submit_run(f"r{number}")
        assert submitted.acquire(timeout=SOON)
        fault(redis)

    world.services.jobs.submit_run("last")
    assert submitted.acquire(timeout=SOON)


def waiting_clients(redis: Redis) -> list[int]:
    return [int(c["id"]) for c in redis.client_list() if c["cmd"] == "blpop"]


def unblock_all(redis: Redis) -> None:
    """Answer `UNBLOCKED …` to those that wait, as a demoted primary does."""
    for client_id in waiting_clients(redis):
        redis.client_unblock(client_id, error=True)


def drop_all(redis: Redis) -> None:
    for client_id in waiting_clients(redis):
        redis.client_kill_filter(_id=client_id)


def be_read_only_for_a_moment(redis: Redis) -> None:
    """Answer `READONLY` to writes, as a demoted primary does."""
    redis.replicaof("127.0.0.1", 1)
    with pytest.raises(Exception, match="read only"):
        redis.lpop("rq:queue:odps-bot-submit")
    redis.replicaof("NO", "ONE")


def test_idle_lanes_end_at_once(working, jobs, redis):
    lanes = working()
    while len(waiting_clients(redis)) < sum(lane.threads for lane in LANES):
        pass
    ended = threading.Event()
    lanes.stopping.requested.set()
    ender = threading.Thread(target=lambda: (lanes.threads.join(), ended.set()))
    ender.start()

    # Those that wait for a job wait for two seconds.
    assert ended.wait(1.5)
    ender.join()
    assert [k for k in redis.scan_iter("rq:worker:*") if not redis.hexists(k, "death")] == []


def test_a_lane_finishes_its_job_before_it_ends(world, working, jobs):
    gate, ended = Gate(), threading.Event()
    jobs["submit_run"] = gate.wait
    lanes = working("submit")
    world.services.jobs.submit_run("r1")
    assert gate.begun.acquire(timeout=SOON)
    lanes.stopping.requested.set()
    ender = threading.Thread(target=lambda: (lanes.threads.join(), ended.set()))
    ender.start()

    assert not ended.wait(0.1)
    gate.open.set()

    assert ended.wait(SOON)
    ender.join()
    assert gate.names == ["r1"]


def test_a_job_knows_how_much_time_it_has(world, working, jobs):
    left: list[timedelta | None] = []
    jobs["sweep_project"] = lambda project: left.append(time_left())
    jobs["send_file"] = lambda kind, run_id: left.append(time_left())
    lanes = working("sweep,files")
    world.services.jobs.sweep_project("sandbox")
    world.services.jobs.send_file("csv", "r1")
    wait_until(lambda: len(left) == 2)

    assert [round(span.total_seconds()) for span in sorted(left)] == [55, 595]
    assert lanes.threads.alive()["lane sweep"]() is None


def test_a_job_that_takes_too_long_is_ended_in_its_thread_and_the_next_one_runs(
    world, working, jobs, redis
):
    ends: list[object] = []

    def sweep(project: str) -> None:
        if project == "quick":
            ends.append(project)
            return
        try:
            while True:
                threading.Event().wait(0.01)
        except JobTimeoutException as error:
            ends.append(type(error))
            raise

    jobs["sweep_project"] = sweep
    world.services.jobs.sweep_project("slow")
    [job_id] = redis.lrange(f"rq:queue:{WATCH_QUEUE}", 0, -1)
    redis.hset(f"rq:job:{job_id.decode()}", "timeout", 1)
    working("sweep")
    wait_until(lambda: ends == [JobTimeoutException])

    world.services.jobs.sweep_project("quick")

    wait_until(lambda: ends == [JobTimeoutException, "quick"])


def test_jobs_that_run_are_counted_by_lane(world, working, jobs):
    gate = Gate()
    jobs["submit_run"] = gate.wait
    working("submit,stop")
    world.services.jobs.submit_run("r1")
    assert gate.begun.acquire(timeout=SOON)

    shown = world.services.metrics.exposition().decode()
    assert 'odps_bot_jobs_running{lane="submit"} 1.0' in shown
    gate.open.set()
    wait_until(lambda: 'lane="submit"} 0.0' in world.services.metrics.exposition().decode())


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(SOON * 100):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError
