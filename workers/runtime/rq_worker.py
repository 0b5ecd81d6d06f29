"""RQ's worker for a thread: it outlives damaged jobs and Redis' troubles, and ends in time.

It runs jobs in its own thread: they are short waits for the network, and share connections.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import DequeueTimeout, NoSuchJobError
from rq.executions import Execution
from rq.job import Job
from rq.utils import as_text
from rq.worker import WorkerStatus

from odps_bot.job_deadline import job_deadline
from odps_bot.operations.logs import logged_about
from odps_bot.operations.metrics import Metrics
from odps_bot.operations.shutdown import GracefulShutdown
from odps_bot.services import Services
from odps_bot.store.job_queue import JOB_TIMEOUT, QUEUES, SERIALIZER
from workers.runtime.allowed_jobs import AllowedJob
from workers.runtime.redis_troubles import RedisTroubles
from workers.runtime.time_limit import ThreadTimeLimit

log = logging.getLogger(__name__)

for name in ("rq.worker", "rq.job"):
    # They name each job; ours tell what went wrong, and what was done.
    logging.getLogger(name).setLevel(logging.WARNING)

#: RQ ends a job that takes too long; a worker that is at it much longer hangs.
OVERTIME = timedelta(minutes=1)

#: Between two jobs a worker makes progress at least this often, also without Redis.
LONGEST_SILENCE = timedelta(seconds=30)

#: Redis is asked for a job for so long at a time; a worker that is to end waits no longer.
DEQUEUE_TIMEOUT_S = 2

#: What a job asks of others is asked so long before its end at the latest.
BEFORE_TIMEOUT = timedelta(seconds=5)

#: RQ forgets a worker that gives no sign of life for so long; it gives one this often.
WORKER_TTL = timedelta(minutes=2)
HEARTBEAT_INTERVAL = timedelta(seconds=15)


class CurrentJob:
    """The job that a worker runs, if any, and until when it shall have made progress."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._is_any = False
        self.end()

    def begin(self, timeout: timedelta) -> None:
        """Record that a job has begun which RQ will end after `timeout`."""
        self._is_any = True
        self._until_s = self._clock() + (timeout + OVERTIME).total_seconds()

    def end(self) -> None:
        """Record that it has ended, or that none has come yet."""
        self._is_any = False
        self._until_s = self._clock() + LONGEST_SILENCE.total_seconds()

    @property
    def is_any(self) -> bool:
        """Whether a job is running."""
        return self._is_any

    def problem(self) -> str | None:
        """Return what is wrong, or None."""
        if self._clock() <= self._until_s:
            return None
        silence = int(LONGEST_SILENCE.total_seconds())
        return "a job is stuck" if self._is_any else f"asked for no job for {silence} s"


class BotWorker(SimpleWorker):
    """RQ's worker over some of our queues; `run` is for a thread of its own."""

    death_penalty_class = ThreadTimeLimit

    def __init__(
        self,
        queues: list[Queue],
        *,
        metrics: Metrics,
        stopping: GracefulShutdown,
        lane: str = "all",
        is_first: bool = True,
        connections: Sequence[Redis] = (),
        **options: Any,
    ) -> None:
        super().__init__(
            queues,
            name=f"{lane}-{uuid4().hex[:12]}",
            worker_ttl=int(WORKER_TTL.total_seconds()),
            **options,
        )
        self.lane = lane
        self.current_job = CurrentJob()
        self._metrics = metrics
        self._stopping = stopping
        # One worker of a lane is enough for what RQ does every ten minutes.
        self._is_maintaining = is_first
        says = f"the lane {lane} is waiting for Redis"
        self._troubles = RedisTroubles(log, says, self.connection, *connections)
        self._is_registered = False
        self._next_heartbeat_s = 0.0

    @property
    def dequeue_timeout(self) -> int:
        """How long Redis is asked for a job at a time, in seconds."""
        return DEQUEUE_TIMEOUT_S

    @property
    def connection_timeout(self) -> int:
        """How long Redis may take to answer, in seconds: RQ raises it to 415."""
        return DEQUEUE_TIMEOUT_S + 1

    def run(self) -> None:
        """Run jobs until the process is to stop, whatever Redis does meanwhile."""
        while not self._stopping.requested.is_set():
            self.current_job.end()
            try:
                self._run_next(self.dequeue_timeout)
                self._troubles.are_over()
            except DequeueTimeout:
                self._troubles.are_over()
            except RedisError as error:
                # Also `READONLY`, `LOADING`, `NOREPLICAS` and `UNBLOCKED`, which would end RQ's.
                self._troubles.happened(error)
                self._stopping.requested.wait(self._troubles.pause_s)
            except Exception:
                log.exception("a worker of the lane %s failed", self.lane)
                self._stopping.requested.wait(self._troubles.pause_s)
        self._say_good_bye()

    def run_waiting(self, *, most: int | None = None) -> int:
        """Run the jobs that wait already, `most` of them; return how many. Raises RedisError."""
        done = 0
        while (most is None or done < most) and self._run_next(None):
            done += 1
        self._say_good_bye()
        return done

    def _run_next(self, timeout: int | None) -> bool:
        """Run the next job, and return whether there was one. Raises DequeueTimeout, RedisError."""
        self._give_sign_of_life()
        found = self._next_job(timeout)
        if found is None:
            return False
        job, queue = found
        self.execute_job(job, queue)
        return True

    def _next_job(self, timeout: int | None) -> tuple[Job, Queue] | None:
        """Return the next job; a damaged one is off its queue already, and stays off."""
        while True:
            names = [queue.key for queue in self._ordered_queues]
            popped = Queue.lpop(names, timeout, connection=self.connection)
            if popped is None:
                return None
            key, job_id = map(as_text, popped)
            place = names.index(key)
            queue = self._ordered_queues[place]
            # No queue, however full, may starve another one of the same lane.
            order = self._ordered_queues[place + 1 :] + self._ordered_queues[: place + 1]
            self._ordered_queues = order
            try:
                return AllowedJob.fetch(job_id, self.connection, SERIALIZER), queue
            except NoSuchJobError:
                continue
            except (ValueError, TypeError, KeyError, AttributeError):
                log.exception("discarding an unreadable job")

    def _give_sign_of_life(self) -> None:
        now_s = time.monotonic()
        if now_s < self._next_heartbeat_s:
            return
        if not self._is_registered:
            self.register_birth()  # type: ignore[no-untyped-call]
            self.set_state(WorkerStatus.IDLE)
            self._is_registered = True
        self.heartbeat()
        if self._is_maintaining and self.should_run_maintenance_tasks:
            self.run_maintenance_tasks()  # type: ignore[no-untyped-call]
        self._next_heartbeat_s = now_s + HEARTBEAT_INTERVAL.total_seconds()

    def _say_good_bye(self) -> None:
        try:
            if self._is_registered:
                self.register_death()  # type: ignore[no-untyped-call]
        except RedisError as error:
            # RQ's keys of it expire.
            log.debug("the worker could not say good-bye: %s", error)
        self._is_registered = False
        self._next_heartbeat_s = 0.0

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """Run a job and return whether it came to its end."""
        name, ids = _name_and_ids(job)
        if job.enqueued_at is not None:
            waited = datetime.now(UTC) - job.enqueued_at.replace(tzinfo=UTC)
            self._metrics.job_waited(queue.name, waited)
        began_s = time.perf_counter()
        timeout = timedelta(seconds=job.timeout or JOB_TIMEOUT.total_seconds())
        self.current_job.begin(timeout)
        self._metrics.job_began(self.lane)
        try:
            with logged_about(job=name, **ids), job_deadline(timeout - BEFORE_TIMEOUT):
                is_done: bool = super().perform_job(job, queue, execution)
        finally:
            self.current_job.end()
            took = timedelta(seconds=time.perf_counter() - began_s)
            self._metrics.job_left(self.lane)
        self._metrics.job_ended(name, "ok" if is_done else "failed", took)
        return is_done

    def procline(self, message: str) -> None:
        """Rename no process: many workers share it."""

    def _set_ip_address(self, connection: Redis) -> None:  # noqa: ARG002  -- RQ's
        """Ask Redis for nothing: RQ would only show it."""
        self.ip_address = "unknown"


def bot_worker(
    services: Services,
    stopping: GracefulShutdown,
    *,
    redis: Redis,
    lane: str = "all",
    queues: Sequence[str] = QUEUES,
    is_first: bool = True,
) -> BotWorker:
    """Return a worker over these queues; its reads of `redis` wait for jobs."""
    of_rq = [
        Queue(name, connection=redis, serializer=SERIALIZER, job_class=AllowedJob)
        for name in queues
    ]
    return BotWorker(
        of_rq,
        metrics=services.metrics,
        stopping=stopping,
        lane=lane,
        is_first=is_first,
        connections=(services.redis,),
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
