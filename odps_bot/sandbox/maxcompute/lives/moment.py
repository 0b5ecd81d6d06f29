"""How an instance looks at a second of its life. Pure values; times in seconds since submission."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SubStatus:
    """A sub-status and when it began."""

    code: int
    description: str
    since_s: float


@dataclass(frozen=True, slots=True)
class Worker:
    """An attempt of a worker, as `?detail` lists it."""

    index: int
    attempt: int
    status: str  #: `Ready`, `Running`, `Terminated`, `Failed` or `Interrupted`
    starts_s: float | None
    ends_s: float | None
    input_records: int
    output_records: int
    record_bytes: int
    log_id: str

    @property
    def input_bytes(self) -> int:
        """What it has read."""
        return self.input_records * self.record_bytes

    @property
    def output_bytes(self) -> int:
        """What it has written."""
        return self.output_records * self.record_bytes


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage, as `?instanceprogress` shows it."""

    name: str
    status: str
    total: int
    running: int
    ended: int
    backups: int
    input_records: int
    output_records: int
    percentage: int  #: of its records


@dataclass(frozen=True, slots=True)
class Group:
    """The quota group of the instance; CPU in hundredths of a core."""

    name: str
    max_cpu: int
    requested_cpu: int
    usable_cpu: int
    used_cpu: int
    tasks_ahead: int


@dataclass(frozen=True, slots=True)
class Moment:
    """Everything but the workers, which take longer to list: see `Life.workers`."""

    is_ended: bool
    sub_status: SubStatus
    history: tuple[SubStatus, ...]  #: the earlier ones, oldest first
    queue_position: int | None  #: 0: it runs; None: it does not stand in a queue yet
    queue_length: int
    cpu: int  #: used by its workers now, in hundredths of a core
    total_cpu: int  #: times seconds, so far
    stages: tuple[Stage, ...]
    group: Group
