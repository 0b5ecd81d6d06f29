"""The only module that enqueues RQ jobs; their functions are named, not imported.

A job is a prompt to act on our own records: losing one costs time, running one twice costs nothing.
Its arguments are ids, as JSON. Redis' clock says when a scheduled job is due, so that the clocks of
the hosts need not agree.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain, count

from redis import Redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import utcformat

from odps_bot.store import keys
from odps_bot.store.job_scripts import CANCEL, ENQUEUE, ENQUEUE_DUE, SCHEDULE

SERIALIZER = JSONSerializer

#: RQ imports jobs by these names, so that the bot never imports `workers`.
SUBMIT_RUN = "workers.jobs.submit_run.submit_run"
POLL_RUN = "workers.jobs.poll_run.poll_run"
HOLD_RUN = "workers.jobs.hold_run.hold_run"
SWEEP_PROJECT = "workers.jobs.sweep_project.sweep_project"
DELIVER = "workers.jobs.deliver.deliver"
ANSWER_INQUIRIES = "workers.jobs.answer_inquiries.answer_inquiries"
DIAGNOSE_RUN = "workers.jobs.diagnose_run.diagnose_run"
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
    DIAGNOSE_RUN,
    HOLD_RUN,
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

#: Each has threads of its own in a worker, see workers/runtime/lanes.py.
QUEUES = (
    "odps-bot-submit",
    "odps-bot-watch",
    "odps-bot-deliver",
    "odps-bot-answer",
    "odps-bot-follow",
    "odps-bot-files",
    "odps-bot-stop",
    "odps-bot-prompted",
    "odps-bot-diagnose",
    "odps-bot-hold",
)
(
    SUBMIT_QUEUE,
    WATCH_QUEUE,
    DELIVER_QUEUE,
    ANSWER_QUEUE,
    FOLLOW_QUEUE,
    FILES_QUEUE,
    STOP_QUEUE,
    PROMPTED_QUEUE,
    DIAGNOSE_QUEUE,
    HOLD_QUEUE,
) = QUEUES

#: RQ ends a job after this, before any lease that it has taken is over.
JOB_TIMEOUT = timedelta(minutes=1)

#: A file takes its time to be read and sent.
FILE_TIMEOUT = timedelta(minutes=10)
FAILURE_TTL = timedelta(days=1)

#: A job that a worker took and did not begin before it died is in no list any more.
JOB_LIFE = timedelta(days=1)

#: So many scheduled jobs of each queue are moved at once: the script holds up all of Redis.
DUE_AT_ONCE = 200


class JobQueue:
    """Enqueues jobs. Methods raise redis.RedisError when Redis does not respond.

    Of the jobs of one name, such as the polls of a run, one waits at most; another one is enqueued
    only when a worker has taken it, whatever has become of that worker. So jobs neither pile up
    while workers are busy, nor are held up by one that died.
    """

    def __init__(self, redis: Redis, *, epoch_s: Callable[[], float] = time.time) -> None:
        self._redis = redis
        self._queues = {
            name: Queue(name, connection=redis, serializer=SERIALIZER) for name in QUEUES
        }
        self._epoch_s = epoch_s
        self._numbers = count()
        self._enqueue_script = redis.register_script(ENQUEUE)
        self._schedule_script = redis.register_script(SCHEDULE)
        self._due_script = redis.register_script(ENQUEUE_DUE)
        self._cancel_script = redis.register_script(CANCEL)

    def submit_run(self, run_id: str, *, after: timedelta = timedelta(0)) -> None:
        """Enqueue the submission of a run, or schedule it."""
        name, arguments = f"submit-{run_id}", {"run_id": run_id}
        self._enqueue(SUBMIT_QUEUE, SUBMIT_RUN, name, arguments, after=after)

    def poll_run(self, run_id: str, *, at: datetime | None = None) -> None:
        """Enqueue a poll of a run, or schedule it in RQ's registry of scheduled jobs."""
        self._enqueue(FOLLOW_QUEUE, POLL_RUN, f"follow-{run_id}", {"run_id": run_id}, at=at)

    def poll_now(self, run_id: str) -> None:
        """Enqueue a poll of a run ahead of its time; no poll that is due waits for it."""
        arguments: dict[str, str | bool] = {"run_id": run_id, "is_prompted": True}
        self._enqueue(PROMPTED_QUEUE, POLL_RUN, f"poll-now-{run_id}", arguments)

    def hold_run(self, run_id: str) -> None:
        """Enqueue that a worker waits for the end of a run."""
        self._enqueue(HOLD_QUEUE, HOLD_RUN, f"hold-{run_id}", {"run_id": run_id})

    def stop_run(self, run_id: str, *, at: datetime | None = None) -> None:
        """Enqueue a poll that sends the stop of a run, or schedule it; no other poll delays it."""
        arguments: dict[str, str | bool] = {"run_id": run_id, "is_prompted": True}
        self._enqueue(STOP_QUEUE, POLL_RUN, f"stop-{run_id}", arguments, at=at)

    def is_poll_scheduled(self, run_id: str, at: datetime) -> bool:
        """Return whether the poll of this time waits for it, and was not enqueued yet."""
        with self._redis.pipeline(transaction=False) as pipe:
            for registry, job_id in self._scheduled_polls(run_id, at):
                pipe.zscore(registry, job_id)
            return any(score is not None for score in pipe.execute())

    def cancel_poll(self, run_id: str, at: datetime) -> None:
        """Cancel the poll that is scheduled for this time, if it was not enqueued yet."""
        with self._redis.pipeline(transaction=False) as pipe:
            for registry, job_id in self._scheduled_polls(run_id, at):
                self._cancel_script(
                    keys=[registry, Job.key_for(job_id)], args=[job_id], client=pipe
                )
            pipe.execute()

    def sweep_project(self, project: str) -> None:
        """Enqueue a sweep of a project."""
        self._enqueue(WATCH_QUEUE, SWEEP_PROJECT, f"watch-{project}", {"project": project})

    def diagnose_run(self, run_id: str, questions: Mapping[str, str | bool]) -> None:
        """Enqueue side questions about a run's instance, see `workers.jobs.diagnose_run`."""
        arguments = {"run_id": run_id, **questions}
        self._enqueue(DIAGNOSE_QUEUE, DIAGNOSE_RUN, f"diagnose-{run_id}", arguments)

    def deliver(self) -> None:
        """Enqueue the delivery of whatever waits in the outbox."""
        self._enqueue(DELIVER_QUEUE, DELIVER, "deliver", {})

    def answer_inquiries(self) -> None:
        """Enqueue the answers to what people have asked."""
        self._enqueue(ANSWER_QUEUE, ANSWER_INQUIRIES, "answer_inquiries", {})

    def send_file(self, kind: str, run_id: str, *, after: timedelta = timedelta(0)) -> None:
        """Enqueue the sending of a run's result as a file or a chart, or schedule it."""
        name, arguments = f"{kind}-{run_id}", {"kind": kind, "run_id": run_id}
        self._enqueue(FILES_QUEUE, SEND_FILE, name, arguments, after=after, timeout=FILE_TIMEOUT)

    def refresh_memberships(self) -> None:
        """Enqueue the reading of user groups."""
        self._enqueue(WATCH_QUEUE, REFRESH_MEMBERSHIPS, "memberships", {})

    def enqueue_due(self) -> int:
        """Enqueue the scheduled jobs whose time has come, by Redis' clock; return how many.

        Atomic: however many workers do it, each job is enqueued once.
        """
        both = ((q.key, q.scheduled_job_registry.key) for q in self._queues.values())
        enqueued: int = self._due_script(
            keys=list(chain(*both)),
            args=[DUE_AT_ONCE, self._now(), keys.queued_job(""), keys.queued_job.life_s],
        )
        return enqueued

    def waiting_runs(self) -> int:
        """Return how many jobs of runs wait for a worker."""
        waiting = self.waiting()
        of_runs = (SUBMIT_QUEUE, FOLLOW_QUEUE, PROMPTED_QUEUE, STOP_QUEUE)
        return sum(waiting[name] for name in of_runs)

    def waiting_prompts(self) -> int:
        """Return how many polls ahead of their time wait for a worker."""
        return self._redis.llen(self._queues[PROMPTED_QUEUE].key)

    def waiting_questions(self) -> int:
        """Return how many jobs with side questions wait for a worker."""
        return self._redis.llen(self._queues[DIAGNOSE_QUEUE].key)

    def waiting(self) -> dict[str, int]:
        """Return how many jobs of each queue wait for a worker."""
        with self._redis.pipeline(transaction=False) as pipe:
            for queue in self._queues.values():
                pipe.llen(queue.key)
            return dict(zip(self._queues, pipe.execute(), strict=True))

    def longest_wait(self) -> timedelta:
        """Return how long the job has waited that is to be taken next, of all queues."""
        waits = [timedelta(0)]
        for queue in self._queues.values():
            for job in queue.get_jobs(0, 1):
                if job.enqueued_at is not None:
                    enqueued_at = job.enqueued_at.replace(tzinfo=UTC)
                    waits.append(datetime.fromtimestamp(self._epoch_s(), UTC) - enqueued_at)
        return max(waits)

    def _scheduled_polls(self, run_id: str, at: datetime) -> list[tuple[str, str]]:
        """Return where a poll of this time is scheduled, if it is, and its id there."""
        names = ((FOLLOW_QUEUE, f"follow-{run_id}"), (STOP_QUEUE, f"stop-{run_id}"))
        return [
            (self._queues[queue].scheduled_job_registry.key, _scheduled_id(name, at))
            for queue, name in names
        ]

    def _now(self) -> str:
        return utcformat(datetime.fromtimestamp(self._epoch_s(), UTC))

    def _enqueue(
        self,
        queue_name: str,
        function: str,
        name: str,
        arguments: Mapping[str, str | bool],
        *,
        at: datetime | None = None,
        after: timedelta = timedelta(0),
        timeout: timedelta = JOB_TIMEOUT,
    ) -> None:
        """Enqueue the job, or schedule it for `at`, or `after` so long."""
        job = Job.create(
            function,
            kwargs=dict(arguments),
            connection=self._redis,
            id=_scheduled_id(name, at) if at else self._new_id(name),
            origin=queue_name,
            timeout=int(timeout.total_seconds()),
            ttl=int(JOB_LIFE.total_seconds()),
            result_ttl=0,
            failure_ttl=int(FAILURE_TTL.total_seconds()),
            # By it the scripts know which jobs are of one name.
            description=name,
            serializer=SERIALIZER,
        )
        self._send(job, self._queues[queue_name], at=at, after=after)

    def _send(self, job: Job, queue: Queue, *, at: datetime | None, after: timedelta) -> None:
        """Bring the job into Redis in one round trip."""
        claim = keys.queued_job(job.description or "")
        places = [queue.key, job.key, claim, Queue.redis_queues_keys]
        lives_s = [int(JOB_LIFE.total_seconds()), keys.queued_job.life_s]
        stored = [job.id, self._now(), *chain(*job.to_dict().items())]
        if at is None and not after:
            self._enqueue_script(keys=places, args=[*lives_s, *stored])
            return
        later = keys.queued_job(f"later {job.description}")
        when_s = (at.timestamp(), 0) if at else (0, after.total_seconds())
        self._schedule_script(
            keys=[*places, queue.scheduled_job_registry.key, later],
            args=[*lives_s, *when_s, *stored],
        )

    def _new_id(self, name: str) -> str:
        """Return an id that no other job has, nor had: the one before may still be running."""
        return f"{name}-{round(self._epoch_s() * 1_000)}-{next(self._numbers)}"


def _scheduled_id(name: str, at: datetime) -> str:
    # Rounded: the same instant, come by on two ways, must give the same id.
    return f"{name}-{round(at.timestamp() * 1_000)}"
