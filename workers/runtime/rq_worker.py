"""RQ's worker, made sturdy: it goes on when jobs are damaged, says what it does, and ends in time.

It runs jobs in its own process: they are short waits for the network, and share connections.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any

from redis import Redis
from rq import Queue, SimpleWorker
from rq.executions import Execution
from rq.job import Job

from odps_bot.operations.logs import logged_about
from odps_bot.operations.metrics import Metrics
from odps_bot.operations.shutdown import GracefulShutdown
from odps_bot.services import Services
from odps_bot.store.job_queue import JOB_TIMEOUT, QUEUES, SERIALIZER
from workers.runtime.allowed_jobs import AllowedJob

log = logging.getLogger(__name__)

#: RQ ends a job that takes too long; a worker that is at it much longer hangs.
OVERTIME = timedelta(minutes=1)


class CurrentJob:
    """The job that the worker runs, if any, and how long it may take."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until_s: float | None = None

    def begin(self, timeout: timedelta) -> None:
        """Record that a job has begun which RQ will end after `timeout`."""
        self._until_s = self._clock() + (timeout + OVERTIME).total_seconds()

    def end(self) -> None:
        """Record that it has ended."""
        self._until_s = None

    @property
    def is_any(self) -> bool:
        """Whether a job is running."""
        return self._until_s is not None

    def problem(self) -> str | None:
        """Return what is wrong, or None."""
        is_hanging = self._until_s is not None and self._clock() > self._until_s
        return "a job is stuck" if is_hanging else None


class BotWorker(SimpleWorker):
    """RQ's worker over our queues."""

    def __init__(
        self, queues: list[Queue], *, metrics: Metrics, stopping: GracefulShutdown, **options: Any
    ) -> None:
        super().__init__(queues, **options)
        self.current_job = CurrentJob()
        self._metrics = metrics
        self._stopping = stopping

    def refusal(self) -> str | None:
        """Return why no jobs are taken, or None."""
        if self._stopping.requested.is_set():
            return "stopping"
        heartbeat = self.last_heartbeat
        if heartbeat is None or self.current_job.is_any:
            return None
        since = datetime.now(UTC) - heartbeat.replace(tzinfo=UTC)
        # RQ asks for a job, and gives a sign of life, a little more often than this.
        longest = timedelta(seconds=self.worker_ttl)
        return f"asked for no job for {int(since.total_seconds())} s" if since > longest else None

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """Return the next job; a damaged one is off its queue already, and stays off."""
        while True:
            try:
                return super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)
            except (ValueError, TypeError, KeyError, AttributeError):
                log.exception("discarding an unreadable job")

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """Run a job and return whether it came to its end."""
        name, ids = _name_and_ids(job)
        if job.enqueued_at is not None:
            waited = datetime.now(UTC) - job.enqueued_at.replace(tzinfo=UTC)
            self._metrics.job_waited(queue.name, waited)
        began_s = time.perf_counter()
        self.current_job.begin(timedelta(seconds=job.timeout or JOB_TIMEOUT.total_seconds()))
        try:
            with logged_about(job=name, **ids):
                is_done: bool = super().perform_job(job, queue, execution)
        finally:
            self.current_job.end()
        took = timedelta(seconds=time.perf_counter() - began_s)
        self._metrics.job_ended(name, "ok" if is_done else "failed", took)
        return is_done

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Finish the current job, then end: the answer to a signal."""
        self._stopping.request()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def request_force_stop(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002  -- RQ's
        """End at once: the answer to a second signal."""
        self._stopping.request()


def bot_worker(services: Services, stopping: GracefulShutdown, *, redis: Redis) -> BotWorker:
    """Return a worker over all our queues, to whom this connection is left.

    RQ lets its commands wait for minutes, and those of whoever shares its connection.
    """
    queues = [
        Queue(name, connection=redis, serializer=SERIALIZER, job_class=AllowedJob)
        for name in QUEUES
    ]
    return BotWorker(
        queues,
        metrics=services.metrics,
        stopping=stopping,
        connection=redis,
        serializer=SERIALIZER,
        job_class=AllowedJob,
    )


def _name_and_ids(job: Job) -> tuple[str, dict[str, str]]:
    """Return the name of a job's function and its arguments, which are ids."""
    try:
        ids = {name: value for name, value in job.kwargs.items() if isinstance(value, str)}
        return str(job.func_name).rpartition(".")[2], ids
    except Exception:  # noqa: BLE001  -- whatever the serializer raises; running it will tell
        return "unreadable", {}
