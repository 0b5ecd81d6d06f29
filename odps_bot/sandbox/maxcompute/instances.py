"""The instances of the server, and how long it keeps them."""

import asyncio
import secrets
import string
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from odps_bot.sandbox.maxcompute.engine.outcomes import Outcome
from odps_bot.sandbox.maxcompute.engine.stages import Stage
from odps_bot.sandbox.maxcompute.progress import STUCK_AT, TaskStatus, fraction_done
from odps_bot.sandbox.maxcompute.service_errors import ServiceError, no_such_instance
from odps_bot.sandbox.maxcompute.submission import Submission, Task
from odps_bot.sandbox.maxcompute.timing import Lifecycle

#: How long a terminated instance is kept.
RETENTION = timedelta(days=3)
MAX_INSTANCES = 5_000
MAX_RUNNING = 2_000
#: For the rows of all results together; the oldest results are dropped first.
MAX_RESULT_ROWS = 5_000_000
#: Of the ids of interactive (MaxQA) instances.
INTERACTIVE_SUFFIX = "_mcqa"
#: Of every project.
DEFAULT_QUOTA = "sandbox_quota"
_QUOTA_SETTING = "odps.task.wlm.quota"
_ALPHABET = string.ascii_lowercase + string.digits
_UNKNOWN_LIFECYCLE = Lifecycle(timedelta(0), timedelta(0), timedelta(0))


@dataclass(frozen=True)
class InstanceRecord:
    """A copy of an instance, for tests to compare with what a client reports."""

    id: str
    project: str
    owner: str
    guid: str
    sql: str
    #: Running or Terminated.
    status: str
    #: Waiting, Running, Success, Failed or Cancelled.
    task_status: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class Action:
    """A node of a workflow that has started."""

    name: str
    instance_id: str
    #: Whether the instance is itself a workflow.
    is_workflow: bool


@dataclass(eq=False)
class Instance:
    """One execution; only the server's event loop changes it."""

    id: str
    project: str
    owner: str
    submission: Submission
    created_at: datetime
    lifecycle: Lifecycle = _UNKNOWN_LIFECYCLE
    stages: tuple[Stage, ...] = ()
    task_status: TaskStatus = TaskStatus.WAITING
    started_at: datetime | None = None
    ended_at: datetime | None = None
    is_engine_done: bool = False
    outcome: Outcome = field(default_factory=Outcome)
    failure: str = ""
    warnings: tuple[str, ...] = ()
    actions: list[Action] = field(default_factory=list)
    are_rows_kept: bool = True
    #: When its quota was last told: it is told once in half a minute.
    quota_told_at: datetime | None = None
    stop_requested: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    #: Where the job has several tasks: the execution of each, which no list names.
    parts: tuple["Instance", ...] = ()

    @property
    def executions(self) -> tuple["Instance", ...]:
        """Return the execution of each task; that of a job with one task is the instance."""
        return self.parts or (self,)

    @property
    def is_interactive(self) -> bool:
        """Return whether it runs on an interactive quota."""
        return self.id.endswith(INTERACTIVE_SUFFIX)

    @property
    def is_terminated(self) -> bool:
        """Return whether it has terminated."""
        return self.ended_at is not None

    @property
    def quota(self) -> str:
        """Return the quota that it runs in: its own, or the project's."""
        return self.submission.task.settings.get(_QUOTA_SETTING) or DEFAULT_QUOTA

    @property
    def status(self) -> str:
        """Return the status of the instance; that of its task says how it ended."""
        return "Terminated" if self.is_terminated else "Running"

    def start(self, now: datetime) -> None:
        """Leave the queue."""
        self.started_at = now
        self.task_status = TaskStatus.RUNNING

    def end(self, task_status: TaskStatus, now: datetime, *, failure: str = "") -> None:
        """Terminate."""
        self.task_status = task_status
        self.failure = failure
        self.ended_at = now
        self.ended.set()

    def fraction(self, now: datetime) -> float:
        """Return the progress, from 0 to 1."""
        if self.parts:
            return sum(part.fraction(now) for part in self.parts) / len(self.parts)
        if self.started_at is None:
            return 0.0
        elapsed = (self.ended_at or now) - self.started_at
        if self.lifecycle.failure and not self.is_terminated:
            elapsed = min(elapsed, self.lifecycle.running / 2)
        fraction = fraction_done(
            elapsed=elapsed.total_seconds(),
            expected=self.lifecycle.running.total_seconds(),
            is_engine_done=self.is_engine_done,
        )
        return min(fraction, STUCK_AT) if self.lifecycle.is_stuck else fraction

    def record(self) -> InstanceRecord:
        """Return an immutable copy."""
        return InstanceRecord(
            id=self.id,
            project=self.project,
            owner=self.owner,
            guid=self.submission.guid,
            sql=self.submission.task.sql,
            status=self.status,
            task_status=self.task_status.value,
            created_at=self.created_at,
            started_at=self.started_at,
            ended_at=self.ended_at,
        )


class Instances:
    """All instances of all projects, oldest first."""

    def __init__(self) -> None:
        self._by_id: dict[str, Instance] = {}
        self._by_guid: dict[tuple[str, str], str] = {}
        self._being_created: set[tuple[str, str]] = set()

    def __iter__(self) -> Iterator[Instance]:
        return iter(list(self._by_id.values()))

    def add(
        self,
        submission: Submission,
        *,
        project: str,
        owner: str,
        now: datetime,
        is_interactive: bool = False,
    ) -> Instance:
        """Create an instance; raises `ServiceError` when too many are running."""
        if sum(not instance.is_terminated for instance in self) >= MAX_RUNNING:
            raise ServiceError(429, "RequestQuotaExceeded", "Too many instances are running.")
        instance = Instance(
            id=new_id(now) + (INTERACTIVE_SUFFIX if is_interactive else ""),
            project=project,
            owner=owner,
            submission=submission,
            created_at=now,
        )
        if submission.more_tasks:
            instance.parts = tuple(
                _part(instance, task, number)
                for number, task in enumerate(submission.tasks, start=1)
            )
        self._by_id[instance.id] = instance
        if submission.guid:
            self._by_guid[project, submission.guid] = instance.id
        return instance

    def get(self, project: str, instance_id: str) -> Instance:
        """Return an instance; raises `ServiceError` for an id unknown in the project."""
        instance = self._by_id.get(instance_id)
        if instance is None or instance.project != project:
            raise no_such_instance(instance_id)
        return instance

    def with_guid(self, project: str, guid: str) -> Instance | None:
        """Return the instance that was submitted with this Guid, or None."""
        return self._by_id.get(self._by_guid.get((project, guid), "")) if guid else None

    def is_being_created(self, project: str, guid: str) -> bool:
        """Return whether a submission with this Guid has not been answered yet."""
        return (project, guid) in self._being_created

    @contextmanager
    def creating(self, project: str, guid: str) -> Iterator[None]:
        """Mark the Guid of a submission until that is answered."""
        if guid:
            self._being_created.add((project, guid))
        try:
            yield
        finally:
            self._being_created.discard((project, guid))

    def of(self, project: str) -> list[Instance]:
        """Return a project's instances, oldest first."""
        return [instance for instance in self if instance.project == project]

    def drop_expired(self, now: datetime) -> list[Instance]:
        """Drop expired instances; return all instances whose rows must be dropped."""
        terminated = [instance for instance in self if instance.ended_at is not None]
        surplus = max(len(self._by_id) - MAX_INSTANCES, 0)
        expired = [
            instance
            for index, instance in enumerate(terminated)
            if index < surplus or (instance.ended_at or now) < now - RETENTION
        ]
        for instance in expired:
            del self._by_id[instance.id]
            self._by_guid.pop((instance.project, instance.submission.guid), None)
        return [one for instance in expired for one in instance.executions] + (
            self._drop_excess_rows()
        )

    def _drop_excess_rows(self) -> list[Instance]:
        kept, dropped = 0, []
        every = [one for instance in self for one in instance.executions]
        for instance in reversed(every):
            rows = instance.outcome.rows
            if rows is None or not instance.are_rows_kept:
                continue
            kept += rows.row_count
            if kept > MAX_RESULT_ROWS and instance.is_terminated:
                instance.are_rows_kept = False
                dropped.append(instance)
        return dropped


def _part(instance: Instance, task: Task, number: int) -> Instance:
    return Instance(
        id=f"{instance.id}_{number}",
        project=instance.project,
        owner=instance.owner,
        submission=replace(instance.submission, task=task, more_tasks=()),
        created_at=instance.created_at,
        stop_requested=instance.stop_requested,
    )


def new_id(now: datetime) -> str:
    """Return an id in the format of the service: time in UTC, `g`, random characters."""
    utc = now.astimezone(UTC)
    suffix = "".join(secrets.choice(_ALPHABET) for _ in range(9))
    return f"{utc:%Y%m%d%H%M%S}{utc.microsecond // 1000:03d}g{suffix}"
