"""What is known of a job about which somebody asks why, and whom that comes from. Values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from odps_bot.diagnosis.finding import Finding
from odps_bot.diagnosis.phases import Phase
from odps_bot.history.usual import Usual
from odps_bot.maxcompute import Instance, TaskState, TaskStatus, TaskStatuses
from odps_bot.messages.replies.why import Queue
from odps_bot.openapi import SecondOpinion
from odps_bot.replies.inquiries import InstanceInquiry
from odps_bot.runs import Run
from workers.queries.why.questions import Questions

#: The type of tasks that have stages whose progress is told.
SQL = "SQL"

_NOT_BEGUN = frozenset({TaskState.WAITING})


@dataclass(frozen=True, kw_only=True)
class Job:
    """The job that is meant."""

    inquiry: InstanceInquiry
    run: Run | None  #: None: it belongs to none
    instance: Instance
    statuses: TaskStatuses | None  #: None: MaxCompute does not tell
    now: datetime
    questions: Questions  #: that were asked about it

    @property
    def is_over(self) -> bool:
        """Whether it has ended, as MaxCompute says now, or else by our records."""
        if self.statuses is not None:
            return self.statuses.is_terminated
        return self.run is not None and self.run.is_final

    @property
    def task(self) -> TaskStatus | None:
        """The task that its stages belong to: the first that has begun, and has any."""
        tasks = list(self.statuses.tasks.values()) if self.statuses else []
        begun = [task for task in tasks if task.status not in _NOT_BEGUN]
        sql = [task for task in begun if task.type.upper().startswith(SQL)]
        return next(iter([*sql, *begun, *tasks]), None)

    @property
    def began_at(self) -> datetime | None:
        """When MaxCompute accepted it."""
        starts = [task.start_time for task in self._tasks if task.start_time]
        on_record = self.run.started_at if self.run else None
        return on_record or self.instance.start_time or min(starts, default=None)

    @property
    def ended_at(self) -> datetime | None:
        """When it ended, if it has."""
        ends = [task.end_time for task in self._tasks if task.end_time]
        on_record = self.run.ended_at if self.run else None
        return max(ends, default=None) or self.instance.end_time or on_record

    @property
    def has_succeeded(self) -> bool:
        """Whether all of its tasks have."""
        return self.statuses is not None and self.statuses.is_successful

    @property
    def _tasks(self) -> Sequence[TaskStatus]:
        return list(self.statuses.tasks.values()) if self.statuses else []


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What was found out."""

    phases: Sequence[Phase] = ()
    finding: Finding | None = None
    hints: Sequence[Finding] = ()
    usual: Usual | None = None  #: None: its statement is not known
    queue: Queue | None = None
    owner: str = ""
    opinion: SecondOpinion | None = None
