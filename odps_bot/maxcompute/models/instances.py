"""Instances and tasks, as frozen values. Times are aware UTC."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

import msgspec

_INSTANCE_ID = re.compile(r"[0-9A-Za-z_]{1,64}")


def is_instance_id(text: str) -> bool:
    """Return whether this can be the id of an instance."""
    return _INSTANCE_ID.fullmatch(text) is not None


def is_interactive_id(instance_id: str) -> bool:
    """Return whether this is the id of an interactive (MaxQA) instance.

    So do `Instances.get` of the Java SDK and `Instances.get` of PyODPS tell.
    """
    return instance_id.endswith("_mcqa")


class _Named(Enum):
    """Finds members by their names in any case; whatever has none is UNKNOWN."""

    @classmethod
    def _missing_(cls, value: object) -> "_Named":
        capitalized = str(value).strip().capitalize()
        return next((member for member in cls if member.value == capitalized), cls["UNKNOWN"])


class InstanceStatus(_Named):
    """The status of an instance. Whether it succeeded is the status of its tasks."""

    RUNNING = "Running"  #: queued or executing
    SUSPENDED = "Suspended"  #: paused; it can continue
    TERMINATED = "Terminated"  #: ended, successfully or not
    UNKNOWN = "Unknown"  #: a value that this client does not know; not ended


class TaskState(_Named):
    """The state of a task."""

    WAITING = "Waiting"
    RUNNING = "Running"
    SUCCESS = "Success"
    FAILED = "Failed"
    SUSPENDED = "Suspended"
    CANCELLED = "Cancelled"
    UNKNOWN = "Unknown"  #: a value that this client does not know


class InstanceSummary(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An instance in a listing, of which there are thousands: it costs a tenth of a dataclass."""

    id: str
    status: InstanceStatus
    owner: str | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStatus:
    """The status of a task."""

    name: str
    type: str  #: SQL, SQLCost, …
    status: TaskState
    start_time: datetime | None = None
    end_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStatuses:
    """The status of an instance and its tasks at one moment."""

    instance_status: InstanceStatus
    #: By name, with a number behind it where two have the same; can be empty shortly after the
    #: submission.
    tasks: Mapping[str, TaskStatus]

    @property
    def is_terminated(self) -> bool:
        """Whether it has ended, successfully or not."""
        return self.instance_status is InstanceStatus.TERMINATED

    @property
    def is_successful(self) -> bool:
        """Whether it has ended and all tasks succeeded; False while no task is known."""
        return (
            self.is_terminated
            and bool(self.tasks)
            and all(task.status is TaskState.SUCCESS for task in self.tasks.values())
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StageProgress:
    """The progress of a stage. Numbers of workers that the service omits are 0."""

    name: str
    status: str  #: READY WAITING RUNNING SUSPENDED FAILED TERMINATED CANCELLED CANCELLING, or empty
    backup_workers: int = 0
    terminated_workers: int = 0
    running_workers: int = 0
    total_workers: int = 0  #: without backups
    input_records: int | None = None  #: None: the service does not say
    output_records: int | None = None  #: likewise
    finished_percentage: int = 0

    def __str__(self) -> str:
        backups = f"(+{self.backup_workers} backups)" if self.backup_workers > 0 else ""
        return (
            f"{self.name}:{self.running_workers}/{self.terminated_workers}/{self.total_workers}"
            f"{backups}[{self.finished_percentage}%]"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskProgress:
    """The progress of a task; without stages it is still queued or being compiled."""

    stages: tuple[StageProgress, ...]

    @property
    def finished_percentage(self) -> int:
        """Percentage of finished workers, as odpscmd computes it; 0 while none is known."""
        total = sum(stage.total_workers for stage in self.stages)
        if total <= 0:
            return 0
        return min(100, 100 * sum(stage.terminated_workers for stage in self.stages) // total)

    def get_stage_progress_formatted_string(self, now: datetime | None = None) -> str:
        r"""Return the line that PyODPS prints, in the local time zone.

        `2026-01-01 08:00:00 M1_job_0:0/1/1[100%]\t`, where the numbers of a stage are its
        running, terminated and total workers.
        """
        local = (now or datetime.now(UTC)).astimezone()
        return f"{local:%Y-%m-%d %H:%M:%S} " + "".join(f"{stage}\t" for stage in self.stages)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSource:
    """What was submitted as a task."""

    name: str
    type: str  #: SQL, SQLCost, …
    query: str | None  #: the SQL, for tasks that have one
    settings: Mapping[str, str]  #: hints
    properties: Mapping[str, str]  #: the task's whole configuration, including `settings`


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceSource:
    """What was submitted as an instance."""

    guid: str | None
    priority: int  #: 0 is the highest, 9 the lowest
    tasks: tuple[TaskSource, ...]
    owner: str | None = None
    creation_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubStatus:
    """What the scheduler says that an instance does at a time.

    https://www.alibabacloud.com/help/en/maxcompute/user-guide/use-logview-v2-0-to-view-job-information
    """

    code: int | None = None  #: such as 1012
    description: str | None = None  #: such as "Waiting for concurrent task slot"
    start_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueingInfo:
    """The scheduler's state of a running instance."""

    instance_id: str
    status: InstanceStatus
    priority: int | None = None
    progress: float | None = None  #: 0 to 1
    wait_position: int | None = None  #: 0 if it does not wait
    queue_length: int | None = None
    sub_status: str | None = None  #: such as "Waiting for scheduling"
    sub_status_code: int | None = None  #: such as 1010
    sub_status_start_time: datetime | None = None
    sub_status_history: tuple[SubStatus, ...] = ()  #: the earlier ones, oldest first
    owner: str | None = None
    project: str | None = None
    job_name: str | None = None
    task_name: str | None = None
    task_type: str | None = None
    start_time: datetime | None = None
    cpu_usage: float | None = None  #: in the service's own unit
    memory_usage: float | None = None  #: in the service's own unit
    total_cpu_usage: float | None = None  #: since the start, in the service's own unit
    total_memory_usage: float | None = None  #: likewise
    skynet_id: str | None = None  #: the DataWorks node that started it
