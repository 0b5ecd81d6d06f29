"""The only module that enqueues RQ jobs; their functions are named, not imported.

A job is a prompt to act on our own records: losing one costs time, running one twice costs nothing.
Its arguments are ids, as JSON.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from redis import Redis
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.job import Job
from rq.serializers import JSONSerializer

SERIALIZER = JSONSerializer

#: RQ imports jobs by these names, so that the bot never imports `workers`.
SUBMIT_RUN = "workers.jobs.submit_run.submit_run"
POLL_RUN = "workers.jobs.poll_run.poll_run"
SWEEP_PROJECT = "workers.jobs.sweep_project.sweep_project"
DELIVER = "workers.jobs.deliver.deliver"
ANSWER_INQUIRIES = "workers.jobs.answer_inquiries.answer_inquiries"
SEND_FILE = "workers.jobs.send_file.send_file"
REFRESH_MEMBERSHIPS = "workers.jobs.refresh_memberships.refresh_memberships"

JOBS = (
    SUBMIT_RUN,
    POLL_RUN,
    SWEEP_PROJECT,
    DELIVER,
    ANSWER_INQUIRIES,
    SEND_FILE,
    REFRESH_MEMBERSHIPS,
)

#: What version 0.2 called its jobs: those that it has enqueued are still run.
FORMER_JOBS = {
    "workers.submit_run.submit_run": SUBMIT_RUN,
    "workers.follow_run.follow_run": POLL_RUN,
    "workers.watch_project.watch_project": SWEEP_PROJECT,
    "workers.deliver.deliver": DELIVER,
    "workers.send_file.send_file": SEND_FILE,
    "workers.refresh_memberships.refresh_memberships": REFRESH_MEMBERSHIPS,
}

#: Workers take from them in turn.
QUEUES = (
    "odps-bot-submit",
    "odps-bot-watch",
    "odps-bot-deliver",
    "odps-bot-answer",
    "odps-bot-follow",
    "odps-bot-files",
)
SUBMIT_QUEUE, WATCH_QUEUE, DELIVER_QUEUE, ANSWER_QUEUE, FOLLOW_QUEUE, FILES_QUEUE = QUEUES

#: RQ ends a job after this, before any lease that it has taken is over.
JOB_TIMEOUT = timedelta(minutes=1)

#: A file takes its time to be read and sent.
FILE_TIMEOUT = timedelta(minutes=10)
FAILURE_TTL = timedelta(days=1)

#: A job that a worker took and did not begin before it died is in no list any more.
JOB_LIFE = timedelta(days=1)

#: RQ's registry of scheduled jobs knows whole seconds.
RESOLUTION = timedelta(seconds=1)

#: RQ's tools may miss a queue for so long after Redis was emptied.
REGISTERED_FOR = timedelta(minutes=10)

#: No more such jobs are enqueued while this many wait: each takes all that is due in the outbox.
WAITING_ROUNDS = 2


class JobQueue:
    """Enqueues jobs. Methods raise redis.RedisError when Redis does not respond."""

    def __init__(self, redis: Redis, *, epoch_s: Callable[[], float] = time.time) -> None:
        self._redis = redis
        self._queues = {
            name: Queue(name, connection=redis, serializer=SERIALIZER) for name in QUEUES
        }
        self._registered_until_s: dict[str, float] = {}
        self._epoch_s = epoch_s

    def submit_run(self, run_id: str, *, after: timedelta = timedelta(0)) -> None:
        """Enqueue the submission of a run."""
        at_s = self._moment_s(after)
        self._enqueue(SUBMIT_QUEUE, SUBMIT_RUN, f"submit-{run_id}", {"run_id": run_id}, at_s=at_s)

    def poll_run(self, run_id: str, *, at: datetime | None = None) -> None:
        """Schedule the next poll of a run, in RQ's registry of scheduled jobs."""
        at_s = at.timestamp() if at else None
        self._enqueue(FOLLOW_QUEUE, POLL_RUN, f"follow-{run_id}", {"run_id": run_id}, at_s=at_s)

    def is_poll_scheduled(self, run_id: str, at: datetime) -> bool:
        """Return whether the poll of this time waits for it, and was not enqueued yet."""
        registry = self._queues[FOLLOW_QUEUE].scheduled_job_registry
        return registry.connection.zscore(registry.key, _poll_id(run_id, at)) is not None

    def cancel_poll(self, run_id: str, at: datetime) -> None:
        """Cancel the poll that is scheduled for this time, if it was not enqueued yet."""
        queue = self._queues[FOLLOW_QUEUE]
        registry = queue.scheduled_job_registry
        job_id = _poll_id(run_id, at)
        if registry.connection.zrem(registry.key, job_id):
            Job(job_id, connection=queue.connection, serializer=SERIALIZER).delete()

    def poll_now(self, run_id: str) -> None:
        """Enqueue a poll of a run ahead of its time."""
        arguments: dict[str, str | bool] = {"run_id": run_id, "is_prompted": True}
        self._enqueue(FOLLOW_QUEUE, POLL_RUN, f"poll-now-{run_id}", arguments)

    def sweep_project(self, project: str) -> None:
        """Enqueue a sweep of a project."""
        self._enqueue(WATCH_QUEUE, SWEEP_PROJECT, f"watch-{project}", {"project": project})

    def deliver(self) -> None:
        """Enqueue the delivery of whatever waits in the outbox."""
        self._enqueue_round(DELIVER_QUEUE, DELIVER)

    def answer_inquiries(self) -> None:
        """Enqueue the answers to what people have asked."""
        self._enqueue_round(ANSWER_QUEUE, ANSWER_INQUIRIES)

    def send_file(self, kind: str, run_id: str, *, after: timedelta = timedelta(0)) -> None:
        """Enqueue the sending of a run's result as a file or a chart."""
        at_s = self._moment_s(after)
        arguments = {"kind": kind, "run_id": run_id}
        prefix = f"{kind}-{run_id}"
        self._enqueue(FILES_QUEUE, SEND_FILE, prefix, arguments, at_s=at_s, timeout=FILE_TIMEOUT)

    def refresh_memberships(self) -> None:
        """Enqueue the reading of user groups."""
        self._enqueue(WATCH_QUEUE, REFRESH_MEMBERSHIPS, "memberships", {})

    def waiting_runs(self) -> int:
        """Return how many jobs of runs wait for a worker."""
        return self._queues[SUBMIT_QUEUE].count + self._queues[FOLLOW_QUEUE].count

    def waiting(self) -> dict[str, int]:
        """Return how many jobs of each queue wait for a worker."""
        return {name: queue.count for name, queue in self._queues.items()}

    def longest_wait(self) -> timedelta:
        """Return how long the job has waited that is to be taken next, of all queues."""
        waits = [timedelta(0)]
        for queue in self._queues.values():
            for job in queue.get_jobs(0, 1):
                if job.enqueued_at is not None:
                    enqueued_at = job.enqueued_at.replace(tzinfo=UTC)
                    waits.append(datetime.fromtimestamp(self._epoch_s(), UTC) - enqueued_at)
        return max(waits)

    def _moment_s(self, after: timedelta) -> float:
        """Return when a job is to run that must wait for so long.

        RQ schedules by whole seconds and so runs a job up to a second before its moment; what that
        one enqueues again must not have the same moment, or it would be taken for the job itself.
        """
        return self._epoch_s() + (max(after, RESOLUTION) if after else after).total_seconds()

    def _enqueue_round(self, queue: str, job: str) -> None:
        if self._queues[queue].count < WAITING_ROUNDS:
            self._enqueue(queue, job, job.rpartition(".")[2], {})

    def _enqueue(
        self,
        queue: str,
        job: str,
        prefix: str,
        arguments: Mapping[str, str | bool],
        *,
        at_s: float | None = None,
        timeout: timedelta = JOB_TIMEOUT,
    ) -> None:
        # The moment is part of the id: a job that died with its worker must not block the next.
        now_s = self._epoch_s()
        moment_s = now_s if at_s is None else at_s
        options = {
            "kwargs": dict(arguments),
            "job_id": f"{prefix}-{_milliseconds(moment_s)}",
            "unique": True,
            "job_timeout": int(timeout.total_seconds()),
            "ttl": int(JOB_LIFE.total_seconds()),
            "result_ttl": 0,
            "failure_ttl": int(FAILURE_TTL.total_seconds()),
            "description": f"{prefix}",
        }
        try:
            if moment_s > now_s:
                self._queues[queue].enqueue_at(
                    datetime.fromtimestamp(moment_s, UTC), job, **options
                )
            else:
                # RQ puts nothing but the queue's name into it, for its set of all queues: that is
                # sent once in a while, because Redis may be emptied.
                pipeline = self._redis.pipeline()
                self._queues[queue].enqueue(job, **options, pipeline=pipeline)
                if now_s >= self._registered_until_s.get(queue, 0) or len(pipeline) > 1:
                    pipeline.execute()
                    self._registered_until_s[queue] = now_s + REGISTERED_FOR.total_seconds()
        except DuplicateJobError:
            return


def _poll_id(run_id: str, at: datetime) -> str:
    return f"follow-{run_id}-{_milliseconds(at.timestamp())}"


def _milliseconds(epoch_s: float) -> int:
    # Rounded: the same instant, come by on two ways, must give the same id.
    return round(epoch_s * 1_000)
