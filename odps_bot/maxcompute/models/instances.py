"""What MaxCompute tells, as frozen values. Instants are aware UTC."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import TypeVar

E = TypeVar("E", bound=Enum)


class InstanceStatus(Enum):
    """How far an instance has got. It does not say how it ended: its tasks do."""

    RUNNING = "Running"  #: queued or executing
    SUSPENDED = "Suspended"  #: paused, and may go on
    TERMINATED = "Terminated"  #: over, well or badly
    UNKNOWN = "Unknown"  #: a word that this client does not know; not over

    @classmethod
    def _missing_(cls, value: object) -> "InstanceStatus":
        return _by_word(cls, value) or cls.UNKNOWN


class TaskState(Enum):
    """How a task stands."""

    WAITING = "Waiting"
    RUNNING = "Running"
    SUCCESS = "Success"
    FAILED = "Failed"
    SUSPENDED = "Suspended"
    CANCELLED = "Cancelled"
    UNKNOWN = "Unknown"  #: a word that this client does not know

    @classmethod
    def _missing_(cls, value: object) -> "TaskState":
        return _by_word(cls, value) or cls.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceSummary:
    """An instance as a listing shows it."""

    id: str
    status: InstanceStatus
    owner: str | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStatus:
    """How a task of an instance stands."""

    name: str
    type: str  #: SQL, SQLCost, …
    status: TaskState
    start_time: datetime | None = None
    end_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStatuses:
    """How an instance and its tasks stand, in one look."""

    instance_status: InstanceStatus
    tasks: Mapping[str, TaskStatus]  #: by name; may be empty shortly after the submission

    @property
    def is_terminated(self) -> bool:
        """Whether it is over, well or badly."""
        return self.instance_status is InstanceStatus.TERMINATED

    @property
    def is_successful(self) -> bool:
        """Whether it is over and all tasks succeeded. No known task is no success."""
        return (
            self.is_terminated
            and bool(self.tasks)
            and all(task.status is TaskState.SUCCESS for task in self.tasks.values())
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StageProgress:
    """How far a stage of a task has got. What the service leaves out is 0."""

    name: str
    status: str  #: READY WAITING RUNNING SUSPENDED FAILED TERMINATED CANCELLED CANCELLING, or empty
    backup_workers: int = 0
    terminated_workers: int = 0
    running_workers: int = 0
    total_workers: int = 0
    input_records: int = 0
    output_records: int = 0
    finished_percentage: int = 0

    def __str__(self) -> str:
        backups = f"(+{self.backup_workers} backups)" if self.backup_workers > 0 else ""
        return (
            f"{self.name}:{self.running_workers}/{self.terminated_workers}/{self.total_workers}"
            f"{backups}[{self.finished_percentage}%]"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskProgress:
    """How far a task has got. Without stages it is still queued or compiled."""

    stages: tuple[StageProgress, ...]

    @property
    def finished_percentage(self) -> int:
        """Finished workers of all stages in percent, as odpscmd counts; 0 while none is known."""
        total = sum(stage.total_workers for stage in self.stages)
        if total <= 0:
            return 0
        return min(100, 100 * sum(stage.terminated_workers for stage in self.stages) // total)

    def get_stage_progress_formatted_string(self, now: datetime | None = None) -> str:
        r"""Return the line that PyODPS prints, in the time zone of this process.

        `2026-01-01 08:00:00 M1_Stg1_job0:0/1/1[100%]\t` with a stage as
        running/terminated/total workers.
        """
        local = (now or datetime.now(UTC)).astimezone()
        return f"{local:%Y-%m-%d %H:%M:%S} " + "".join(f"{stage}\t" for stage in self.stages)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSource:
    """What a task was asked to do."""

    name: str
    type: str  #: SQL, SQLCost, …
    query: str | None  #: the SQL text, for tasks that have one
    settings: Mapping[str, str]  #: hints
    properties: Mapping[str, str]  #: everything of the task's configuration, `settings` too


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceSource:
    """What was submitted."""

    guid: str | None
    priority: int  #: 0 is the highest, 9 the lowest
    tasks: tuple[TaskSource, ...]
    owner: str | None = None
    creation_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueingInfo:
    """What the scheduler knows of a running instance."""

    instance_id: str
    status: InstanceStatus
    priority: int | None = None
    progress: float | None = None  #: 0 to 1
    wait_position: int | None = None  #: 0 when it does not wait
    queue_length: int | None = None
    sub_status: str | None = None  #: such as "Waiting for scheduling"
    owner: str | None = None
    project: str | None = None
    job_name: str | None = None
    task_name: str | None = None
    task_type: str | None = None
    start_time: datetime | None = None
    cpu_usage: float | None = None  #: as the service counts it
    memory_usage: float | None = None  #: as the service counts it


def _by_word(members: type[E], value: object) -> E | None:
    word = str(value).strip().capitalize()
    return next((member for member in members if member.value == word), None)
