"""What will happen in the life of an instance: its parameters. Pure values; times in seconds."""

import re
from dataclasses import dataclass

from odps_bot.sandbox.maxcompute.lives import sub_statuses as codes

_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """A sub-status outside the run of the stages."""

    code: int
    seconds: float
    description: str = ""  #: empty: the one of the code
    #: The first and the last position in the queue, or None while it stands in none.
    queue: tuple[int, int] | None = None
    queue_length: int = 0

    @property
    def text(self) -> str:
        """How MaxCompute describes it."""
        return self.description or codes.DESCRIPTIONS[self.code]


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerPlan:
    """What one worker will do."""

    records: int
    speed: float  #: records a second
    stops_at: int | None = None  #: after so many records it never reads another one
    computes_when_stopped: bool = False
    deaths: int = 0  #: so often it dies and is started anew
    dies_after_s: float = 60
    backup_after_s: float | None = None  #: then MaxCompute starts another one beside it


@dataclass(frozen=True, kw_only=True, slots=True)
class StagePlan:
    """A stage; its name says for which others it waits, as in `J4_1_2_3`."""

    name: str
    workers: tuple[WorkerPlan, ...]
    record_bytes: int = 100
    output_ratio: float = 1.0  #: records written by records read
    #: Workers tell their records only when they end.
    tells_records_late: bool = False

    @property
    def number(self) -> int:
        """The 4 of `J4_1_2_3`."""
        return int(_NUMBERS.findall(self.name)[0])

    @property
    def upstream(self) -> tuple[int, ...]:
        """The numbers of the stages that must end first."""
        return tuple(int(number) for number in _NUMBERS.findall(self.name)[1:])

    @property
    def records(self) -> int:
        """All that it reads."""
        return sum(worker.records for worker in self.workers)


@dataclass(frozen=True, kw_only=True, slots=True)
class Slots:
    """How many workers can run at a time, from the start of the run."""

    at_first: int
    growth_per_s: float = 0
    most: int | None = None  #: None: as at first
    delay_s: float = 0  #: until the first ones are there


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """The quota group; CPU in hundredths of a core."""

    name: str = "etl"
    max_cpu: int = 67_200
    #: What its other jobs use, and what they want.
    others_use: int = 12_000
    others_want: int = 12_000


#: What usually happens before the run.
USUAL_PHASES = (
    Phase(code=codes.WAITING_FOR_SCHEDULING, seconds=5),
    Phase(code=codes.INITIALIZING, seconds=5),
    Phase(code=codes.OPTIMIZING, seconds=10),
    Phase(code=codes.PLANNING, seconds=5),
    Phase(code=codes.SUBMITTING, seconds=5),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The whole life."""

    stages: tuple[StagePlan, ...]
    phases: tuple[Phase, ...] = USUAL_PHASES
    running_code: int = codes.OFFLINE_RUNNING
    finishing: tuple[Phase, ...] = ()  #: after the last stage
    slots: Slots | None = None  #: None: as many as it wants
    group: Group = Group()
    sql: str = (
        "INSERT OVERWRITE TABLE ads.daily SELECT shop, SUM(price) FROM ads.orders GROUP BY shop;"
    )
    #: The median of its last successes, if it has a history.
    usual_input_records: int | None = None
