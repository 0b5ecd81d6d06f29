"""A run: what a person asked for, from the command to its end. Pure values.

asked ──▶ submitting ──▶ running ──▶ succeeded | failed | cancelled
  │           │             │  ▲ the stop is       ▲
  │           │             ▼  │ refused           │
  │           │          stopping ────────────────┤
  │           └──▶ refused | lost                 │
  └──▶ refused | cancelled       running ──▶ lost ┘
"""

from datetime import datetime
from enum import StrEnum

import msgspec


class RunState(StrEnum):
    """How far a run has got."""

    ASKED = "asked"  #: accepted: record and job are in Redis
    SUBMITTING = "submitting"  #: a POST may be under way
    RUNNING = "running"  #: the instance is known; queued counts as running
    STOPPING = "stopping"  #: a stop was asked for
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUSED = "refused"  #: it never ran
    LOST = "lost"  #: how it ended, or whether it ran, can no longer be known

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to the run."""
        return self in FINAL_STATES


FINAL_STATES = frozenset(
    {
        RunState.SUCCEEDED,
        RunState.FAILED,
        RunState.CANCELLED,
        RunState.REFUSED,
        RunState.LOST,
    }
)


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A stage of the instance's task, as last seen."""

    name: str
    status: str
    terminated_workers: int
    running_workers: int
    total_workers: int
    finished_percentage: int


class Milestone(msgspec.Struct, frozen=True, kw_only=True):
    """Something worth a line in the thread."""

    at: datetime
    text: str  #: plain text, not escaped


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """The first rows of a result. A cell is text, or None for NULL."""

    columns: tuple[str, ...]  #: the first of ``column_count``
    rows: tuple[tuple[str | None, ...], ...]
    column_count: int
    row_count: int  #: rows of the result, of which ``rows`` may be the first few
    is_truncated: bool = False  #: MaxCompute itself returned only the first ``row_count`` rows
    types: tuple[str, ...] = ()  #: of ``columns``: ``bigint``, ``array``, …; empty: not known


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What MaxCompute expects a statement to cost; it ran nothing to tell."""

    input_bytes: int
    complexity: float
    udf_count: int = 0


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What the instance has used, as MaxCompute tells at its end; None: it does not tell."""

    input_bytes: int | None = None
    cpu_core_s: float | None = None  #: core seconds
    memory_gb_s: float | None = None  #: gigabyte seconds


class SubInstance(msgspec.Struct, frozen=True, kw_only=True):
    """An instance that an XFlow has started, as last seen."""

    name: str  #: of the node in the flow
    instance_id: str
    status: str  #: in one word for people: ``Running``, ``Success``, ``Failed``, …


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a run. Instants are aware UTC."""

    run_id: str
    name: str  #: short, for people: ``r42``
    team_id: str
    channel_id: str
    user_id: str
    project: str
    sql: str
    state: RunState
    asked_at: datetime

    adopts: str | None = None  #: an instance to take up, rather than to submit ``sql``
    is_foreign: bool = False  #: the instance was not started by us
    thread_ts: str | None = None  #: the thread in which it was asked for; its card is a reply there
    notify: tuple[str, ...] = ()  #: users whom the completion mentions besides the requester
    hints: dict[str, str] = {}  #: settings for MaxCompute besides those in ``sql``
    priority: int | None = None  #: of the instance; None: the project's default
    rerun_of: str | None = None  #: the name of the run that this one repeats
    estimate: Estimate | None = None

    submit_attempts: int = 0
    submitting_until: datetime | None = None  #: until then one worker has the submission to itself
    instance_id: str | None = None
    started_at: datetime | None = None  #: when MaxCompute accepted the instance
    ended_at: datetime | None = None

    stop_requested_by: str | None = None
    stop_requested_at: datetime | None = None
    is_stop_sent: bool = False

    next_look_at: datetime | None = None
    looks: int = 0
    looked_at: datetime | None = None
    unreachable_since: datetime | None = None  #: no look has succeeded since then
    is_silence_told: bool = False  #: the thread says that MaxCompute does not answer
    stages: tuple[Stage, ...] = ()
    finished_percentage: int = 0
    waiting_for: str | None = None  #: why nothing runs yet, in MaxCompute's words
    milestones: tuple[Milestone, ...] = ()

    sub_instances: tuple[SubInstance, ...] = ()  #: of an XFlow
    cost: Cost | None = None
    table: Table | None = None  #: the result of a query that succeeded
    result_text: str | None = None  #: a result that is no table, or why the run failed

    card_ts: str | None = None
    is_card_refused: bool = False  #: Slack lets us say nothing where the run was asked for
    progress_ts: str | None = None
    completion_ts: str | None = None
    csv_ts: str | None = None  #: the message with all rows as a file
    chart_ts: str | None = None  #: the message with the result as a chart

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to the run."""
        return self.state.is_final

    @property
    def reply_to(self) -> str | None:
        """The thread in which the run's replies stand: the card's, or the one it stands in."""
        return self.thread_ts or self.card_ts


def encode_run(run: Run) -> bytes:
    """Return the run as JSON."""
    return msgspec.json.encode(run)


def decode_run(record: bytes | str) -> Run:
    """Return the run in `record`. Raises ValueError when it is not one."""
    return msgspec.json.decode(record, type=Run)
