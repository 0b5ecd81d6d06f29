"""The worker as a process, and the one that it starts for files."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from odps_bot.sandbox.redis import EmbeddedRedis
from workers.runtime.child_process import NICENESS
from workers.runtime.lanes import LANES

NOWHERE = "http://127.0.0.1:9"
SOON_S = 30.0


@pytest.fixture
def start(redis: Redis, redis_server: EmbeddedRedis) -> Iterator[Callable[..., subprocess.Popen]]:
    """Return a function that starts a worker with more arguments."""
    processes = []

    def start_worker(*arguments: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-m", "odps_bot", "worker", *arguments],
            env={
                **os.environ,
                "SLACK_BOT_TOKEN": "xoxb-nowhere",
                "SLACK_API_URL": f"{NOWHERE}/api/",
                "REDIS_URL": redis_server.url,
                "ALIBABA_CLOUD_ACCESS_KEY_ID": "key",
                "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
                "ODPS_ENDPOINT": f"{NOWHERE}/api",
                "ODPS_PROJECTS": "sandbox",
            },
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start_worker
    for process in processes:
        process.kill()
        process.wait()
        process.stderr.close()


def workers(redis: Redis) -> dict[str, int]:
    """Return the process of each worker that has said hello, and not good-bye."""
    found = {}
    for key in redis.scan_iter("rq:worker:*"):
        fields = redis.hgetall(key)
        if b"pid" in fields and b"death" not in fields and is_running(int(fields[b"pid"])):
            found[key.decode().removeprefix("rq:worker:")] = int(fields[b"pid"])
    return found


def files_pid(redis: Redis) -> int | None:
    pids = {pid for name, pid in workers(redis).items() if name.startswith("files-")}
    return pids.pop() if pids else None


def is_running(pid: int) -> bool:
    """Return whether the process runs; one that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition: Callable[[], object]) -> None:
    for _ in range(round(SOON_S / 0.05)):
        if condition():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it did not happen")


def test_a_worker_has_all_lanes_and_another_process_for_files(start, redis):
    process = start()
    wait_until(lambda: len(workers(redis)) == sum(lane.threads for lane in LANES))

    child = files_pid(redis)
    assert child != process.pid
    assert set(workers(redis).values()) == {process.pid, child}
    assert os.getpriority(os.PRIO_PROCESS, child) == os.getpriority(os.PRIO_PROCESS, 0) + NICENESS
    process.terminate()
    assert (process.wait(SOON_S), process.stderr.read()) == (0, "")
    assert not is_running(child)


def test_a_process_for_files_that_is_killed_is_started_again(start, redis):
    process = start()
    wait_until(lambda: files_pid(redis))
    child = files_pid(redis)

    os.kill(child, signal.SIGKILL)

    wait_until(lambda: files_pid(redis) not in {None, child})
    process.terminate()
    assert process.wait(SOON_S) == 0
    assert "the process for files ended with status -9" in process.stderr.read()


@pytest.mark.parametrize("is_stopped", [False, True])
def test_a_process_for_files_ends_with_the_worker_that_is_killed(start, redis, is_stopped):
    process = start()
    wait_until(lambda: files_pid(redis))
    child = files_pid(redis)
    if is_stopped:
        os.kill(child, signal.SIGSTOP)

    process.kill()

    wait_until(lambda: not is_running(child))


def test_a_worker_may_have_some_lanes_only(start, redis):
    process = start("--lanes", "files,submit")
    wait_until(lambda: len(workers(redis)) == 6)

    assert set(workers(redis).values()) == {process.pid}
    assert {name.split("-")[0] for name in workers(redis)} == {"files", "submit"}


def test_a_lane_that_does_not_exist_is_named_at_the_start(start):
    process = start("--lanes", "polls")

    assert process.wait(SOON_S) == 2
    assert "there is no lane 'polls'. Lanes are: submit, stop" in process.stderr.read()
