"""What a worker says of itself to those who look after it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis import Redis

from odps_bot.operations.metrics import Metrics
from odps_bot.operations.shutdown import GracefulShutdown
from workers.runtime.rq_worker import BotWorker, CurrentJob

MINUTE = timedelta(minutes=1)


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_job_may_take_its_time_and_a_little_more() -> None:
    clock = Clock()
    current_job = CurrentJob(clock=clock)
    assert current_job.problem() is None

    current_job.begin(MINUTE)
    clock.now_s = 119
    assert current_job.problem() is None
    clock.now_s = 121
    assert current_job.problem() == "a job is stuck"
    current_job.end()
    assert current_job.problem() is None


@pytest.fixture
def stopping() -> GracefulShutdown:
    return GracefulShutdown(within=timedelta(hours=1), end=lambda _status: None)


@pytest.fixture
def worker(stopping: GracefulShutdown, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A worker that is made, and asks nobody anything yet."""
    monkeypatch.setattr("rq.worker.base.BaseWorker.__init__", lambda self, *_, **__: None)
    worker = BotWorker([], metrics=Metrics(), stopping=stopping, connection=Redis())
    worker.worker_ttl = 420
    worker.last_heartbeat = None
    return worker


def test_a_worker_that_begins_takes_jobs(worker: Any) -> None:
    assert worker.refusal() is None


def test_a_worker_that_is_told_to_stop_takes_none(worker: Any, stopping: GracefulShutdown) -> None:
    stopping.request()

    assert worker.refusal() == "stopping"


def test_a_worker_that_no_longer_asks_for_jobs_takes_none(worker: Any) -> None:
    worker.last_heartbeat = datetime.now(UTC) - timedelta(minutes=6)
    assert worker.refusal() is None

    worker.last_heartbeat = datetime.now(UTC) - timedelta(minutes=8)
    assert worker.refusal() == "asked for no job for 480 s"
    worker.current_job.begin(MINUTE)
    assert worker.refusal() is None
