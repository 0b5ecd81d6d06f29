"""The job queue in memory: it forgets with Redis, and loses, doubles and delays jobs by seed."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from greenlet import getcurrent

from odps_bot.store.job_queue import (
    ANSWER_INQUIRIES,
    ANSWER_QUEUE,
    DELIVER,
    DELIVER_QUEUE,
    DIAGNOSE_QUEUE,
    DIAGNOSE_RUN,
    FILES_QUEUE,
    FOLLOW_QUEUE,
    HOLD_QUEUE,
    HOLD_RUN,
    POLL_RUN,
    PROMPTED_QUEUE,
    QUEUES,
    REFRESH_MEMBERSHIPS,
    SEND_FILE,
    STOP_QUEUE,
    SUBMIT_QUEUE,
    SUBMIT_RUN,
    SWEEP_PROJECT,
    WATCH_QUEUE,
)
from tests.simulation.loop import Loop

Arguments = dict[str, Any]
Job = tuple[str, str, str, Arguments]  #: its id, its name, its function, its arguments
Scheduled = tuple[str, Job, int]  #: a queue, a job, and when it is to be there, in us
Kept = tuple[dict[str, list[Job]], dict[str, Scheduled]]


class Queues:
    """What waits in all queues, and who waits for it."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._queues: dict[str, deque[Job]] = {name: deque() for name in QUEUES}
        self._scheduled: dict[str, Scheduled] = {}
        self._idle: dict[str, deque[Any]] = {name: deque() for name in QUEUES}
        self._epoch = 0

    def put(self, queue: str, job: Job, *, at_us: int) -> None:
        """Add a job, unless one of its name waits, or one of its id is scheduled."""
        job_id = job[0]
        if at_us <= self._loop.now_us:
            self._enqueue(queue, job)
            return
        if job_id in self._scheduled:
            return
        self._scheduled[job_id] = (queue, job, at_us)
        epoch = self._epoch

        def promote() -> None:
            if epoch == self._epoch and self._scheduled.pop(job_id, None):
                self._enqueue(queue, job)

        self._loop.call_in((at_us - self._loop.now_us) / 1e6, promote)

    def cancel(self, job_id: str) -> None:
        """Take back what is scheduled."""
        self._scheduled.pop(job_id, None)

    def is_scheduled(self, job_id: str) -> bool:
        """Return whether this job waits for its time."""
        return job_id in self._scheduled

    def take(self, queue: str) -> Job:
        """Wait for a job."""
        while not self._queues[queue]:
            self._idle[queue].append(getcurrent())
            self._loop.park()
        return self._queues[queue].popleft()

    def count(self, queue: str) -> int:
        """Return how many jobs wait."""
        return len(self._queues[queue])

    def copy(self) -> Kept:
        """Return what waits now."""
        waiting = {name: list(queue) for name, queue in self._queues.items()}
        return waiting, dict(self._scheduled)

    def restore(self, kept: Kept) -> None:
        """Let what waited then wait again, and nothing else."""
        waiting, scheduled = kept
        self._epoch += 1
        self._scheduled.clear()
        for name, queue in self._queues.items():
            queue.clear()
            for job in waiting[name]:
                self._enqueue(name, job)
        for queue, job, at_us in scheduled.values():
            self.put(queue, job, at_us=at_us)

    def _enqueue(self, queue: str, job: Job) -> None:
        if any(job[1] == kept[1] for kept in self._queues[queue]):
            return
        self._queues[queue].append(job)
        idle = self._idle[queue]
        while idle:
            task = idle.popleft()
            if not task.dead and not task.process.is_dead:
                self._loop.wake(task)
                return


class SimulatedJobQueue:
    """The interface of `JobQueue`. Putting a job is a boundary, as the Redis behind it is."""

    def __init__(
        self,
        queues: Queues,
        *,
        now_us: Callable[[], int],
        put: Callable[[str, Job, int], None],
    ) -> None:
        self._queues = queues
        self._now_us = now_us
        self._put = put

    def submit_run(self, run_id: str, *, after: timedelta = timedelta(0)) -> None:
        self._add(SUBMIT_QUEUE, SUBMIT_RUN, f"submit-{run_id}", {"run_id": run_id}, after=after)

    def poll_run(self, run_id: str, *, at: datetime | None = None) -> None:
        self._add(FOLLOW_QUEUE, POLL_RUN, f"follow-{run_id}", {"run_id": run_id}, at=at)

    def poll_now(self, run_id: str) -> None:
        arguments = {"run_id": run_id, "is_prompted": True}
        self._add(PROMPTED_QUEUE, POLL_RUN, f"poll-now-{run_id}", arguments)

    def hold_run(self, run_id: str) -> None:
        self._add(HOLD_QUEUE, HOLD_RUN, f"hold-{run_id}", {"run_id": run_id})

    def stop_run(self, run_id: str, *, at: datetime | None = None) -> None:
        arguments = {"run_id": run_id, "is_prompted": True}
        self._add(STOP_QUEUE, POLL_RUN, f"stop-{run_id}", arguments, at=at)

    def is_poll_scheduled(self, run_id: str, at: datetime) -> bool:
        return any(map(self._queues.is_scheduled, _scheduled_polls(run_id, at)))

    def cancel_poll(self, run_id: str, at: datetime) -> None:
        for job_id in _scheduled_polls(run_id, at):
            self._queues.cancel(job_id)

    def sweep_project(self, project: str) -> None:
        self._add(WATCH_QUEUE, SWEEP_PROJECT, f"watch-{project}", {"project": project})

    def diagnose_run(self, run_id: str, questions: Arguments) -> None:
        arguments = {"run_id": run_id, **questions}
        self._add(DIAGNOSE_QUEUE, DIAGNOSE_RUN, f"diagnose-{run_id}", arguments)

    def deliver(self) -> None:
        self._add(DELIVER_QUEUE, DELIVER, "deliver", {})

    def answer_inquiries(self) -> None:
        self._add(ANSWER_QUEUE, ANSWER_INQUIRIES, "answer_inquiries", {})

    def send_file(self, kind: str, run_id: str, *, after: timedelta = timedelta(0)) -> None:
        arguments = {"kind": kind, "run_id": run_id}
        self._add(FILES_QUEUE, SEND_FILE, f"{kind}-{run_id}", arguments, after=after)

    def refresh_memberships(self) -> None:
        self._add(WATCH_QUEUE, REFRESH_MEMBERSHIPS, "memberships", {})

    def enqueue_due(self) -> int:
        return 0  # what is scheduled enqueues itself

    def waiting_runs(self) -> int:
        of_runs = (SUBMIT_QUEUE, FOLLOW_QUEUE, PROMPTED_QUEUE, STOP_QUEUE)
        return sum(map(self._queues.count, of_runs))

    def waiting_prompts(self) -> int:
        return self._queues.count(PROMPTED_QUEUE)

    def waiting_questions(self) -> int:
        return self._queues.count(DIAGNOSE_QUEUE)

    def waiting(self) -> dict[str, int]:
        return {name: self._queues.count(name) for name in QUEUES}

    def longest_wait(self) -> timedelta:
        return timedelta(0)

    def _add(
        self,
        queue: str,
        function: str,
        name: str,
        arguments: Arguments,
        *,
        after: timedelta = timedelta(0),
        at: datetime | None = None,
    ) -> None:
        if at is not None:
            at_us, job_id = round(at.timestamp() * 1e6), _scheduled_id(name, at)
        else:
            at_us = self._now_us() + after // timedelta(microseconds=1)
            job_id = f"{name}-{at_us}"
        self._put(queue, (job_id, name, function, arguments), at_us)


def _scheduled_id(name: str, at: datetime) -> str:
    return f"{name}-{round(at.timestamp() * 1_000)}"


def _scheduled_polls(run_id: str, at: datetime) -> list[str]:
    return [_scheduled_id(f"follow-{run_id}", at), _scheduled_id(f"stop-{run_id}", at)]
