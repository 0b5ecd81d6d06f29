"""When each sickness holds, told from the whole life itself. Pure.

It is written from the definitions, not from the rules of `odps_bot.diagnosis`, which see snapshots:
here nothing is late, left out or estimated. Thresholds stand here a second time on purpose.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean

from odps_bot.diagnosis.finding import Kind
from odps_bot.sandbox.maxcompute.lives.attempts import is_running, records_read
from odps_bot.sandbox.maxcompute.lives.life import Life
from odps_bot.sandbox.maxcompute.lives.moment import Moment, Stage
from odps_bot.sandbox.maxcompute.lives.schedule import Attempt, ScheduledStage

_RUNNING = {1042, 1052}


@dataclass(frozen=True, slots=True)
class Definition:
    """A sickness: its condition on a moment, and for how long that must hold."""

    kind: Kind
    hold_s: float
    holds: Callable[["Now"], bool]


@dataclass(frozen=True)
class StageNow:
    """A stage of a life at a moment, with its true workers."""

    scheduled: ScheduledStage
    shown: Stage
    seconds: float
    tells_records: bool

    @cached_property
    def current(self) -> list[Attempt]:
        """The last attempt of each worker that has begun, without backups."""
        found = []
        for attempts in self.scheduled.workers:
            begun = [one for one in attempts if one.starts_s <= self.seconds and not one.is_backup]
            found += begun[-1:]
        return found

    @cached_property
    def running(self) -> list[Attempt]:
        """Workers that run."""
        return [one for one in self.current if is_running(one, self.seconds)]

    @cached_property
    def ended(self) -> list[Attempt]:
        """Workers that have ended."""
        return [one for one in self.current if one.ends_s <= self.seconds and not one.dies]

    @cached_property
    def ended_mean_s(self) -> float:
        """How long ended workers took."""
        return fmean(one.ends_s - one.starts_s for one in self.ended) if self.ended else 0.0

    def age_s(self, attempt: Attempt) -> float:
        """Return how long it has run."""
        return self.seconds - attempt.starts_s

    def records(self, attempt: Attempt) -> int:
        """Return what it has read."""
        return records_read(attempt, self.seconds)

    def mean_records(self, without: Attempt | None = None) -> float:
        """Return the mean of all that have begun, or of all others."""
        amounts = [self.records(one) for one in self.current if one is not without]
        return fmean(amounts) if amounts else 0.0


@dataclass(frozen=True)
class Now:
    """A life at a moment."""

    life: Life
    seconds: float
    moment: Moment
    tells_records: bool

    @property
    def code(self) -> int:
        """The code of its sub-status."""
        return self.moment.sub_status.code

    @cached_property
    def stages(self) -> list[StageNow]:
        """Stages with workers at work."""
        shown = {stage.name: stage for stage in self.moment.stages}
        return [
            StageNow(one, shown[one.plan.name], self.seconds, self.tells_records)
            for one in self.life.stages
            if one.plan.name in shown and one.ready_s <= self.seconds < one.ends_s
        ]

    @property
    def is_running(self) -> bool:
        """Whether the scheduler says so."""
        return self.code in _RUNNING

    @property
    def running(self) -> int:
        """Workers that run, in all stages."""
        return sum(stage.running for stage in self.moment.stages)


def _waits_for_quota(now: Now) -> bool:
    is_waiting = now.code in (1041, 1051) or bool(now.moment.queue_position)
    return is_waiting or (now.is_running and bool(now.stages) and not now.running)


def _is_starved(now: Now) -> bool:
    wanted = sum(stage.shown.total - stage.shown.ended for stage in now.stages)
    running = sum(stage.shown.running for stage in now.stages)
    if not now.is_running or any(map(_is_of_tiny_workers, now.stages)):
        return False
    return wanted >= 2 and 0 < running < 0.95 * wanted


def _slowest(stage: StageNow) -> Attempt | None:
    """Return the running worker that takes three times as long as the ended ones took."""
    total = stage.shown.total
    if total < 4 or not stage.running or len(stage.ended) < max(3, total / 2):
        return None
    slowest = min(stage.running, key=lambda one: one.starts_s)
    return slowest if stage.age_s(slowest) >= max(90, 3 * stage.ended_mean_s) else None


def _ratio(stage: StageNow, slowest: Attempt) -> float:
    others = stage.mean_records(without=slowest)
    return stage.records(slowest) / others if others else 0.0


def _is_skewed(stage: StageNow, now: Now) -> bool:
    if not stage.tells_records or stage.shown.total < 4:
        return False
    slowest = _slowest(stage)
    is_by_time = slowest is not None and _ratio(stage, slowest) >= 3
    return (is_by_time or _has_heavy_worker(stage)) and (_rest_s(stage, now) or 60) >= 60


def _has_heavy_worker(stage: StageNow) -> bool:
    least = max(3 * stage.mean_records(), 1_000_000)
    return any(stage.age_s(one) >= 60 and stage.records(one) >= least for one in stage.running)


def _rest_s(stage: StageNow, now: Now) -> float | None:
    """Return how long it will take at the speed of its running workers; None for scans."""
    numbers = stage.scheduled.plan.upstream
    upstream = [one for one in now.life.stages if one.plan.number in numbers]
    shown = {one.name: one for one in now.moment.stages}
    speed = sum(one.plan.speed for one in stage.running)
    if not upstream or not speed:
        return None
    wanted = sum(shown[one.plan.name].output_records for one in upstream)
    return max(wanted - stage.shown.input_records, 0) / speed


def _has_slow_worker(stage: StageNow) -> bool:
    slowest = _slowest(stage)
    return slowest is not None and stage.tells_records and _ratio(stage, slowest) <= 1.5


def _has_long_tail(stage: StageNow) -> bool:
    slowest = _slowest(stage)
    return slowest is not None and (not stage.tells_records or 1.5 < _ratio(stage, slowest) < 3)


def _is_backed_up_lately(stage: StageNow) -> bool:
    backups = [
        one
        for attempts in stage.scheduled.workers
        for one in attempts
        if one.is_backup and is_running(one, stage.seconds)
    ]
    return bool(backups) and stage.age_s(backups[0]) < 120


def _expands(stage: StageNow) -> bool:
    written = stage.shown.output_records
    return written >= 100_000_000 and written >= 10 * stage.shown.input_records


def _has_too_few(stage: StageNow) -> bool:
    if stage.shown.total > 2 or not stage.running:
        return False
    read = stage.shown.input_records
    is_much = read >= 50_000_000 or read * stage.scheduled.plan.record_bytes >= 10 * 2**30
    return is_much and max(map(stage.age_s, stage.running)) >= 300


def _is_of_tiny_workers(stage: StageNow) -> bool:
    if stage.shown.total < 1_000 or len(stage.ended) < 100 or not stage.tells_records:
        return False
    mean_bytes = fmean(one.plan.records for one in stage.ended) * stage.scheduled.plan.record_bytes
    return stage.ended_mean_s <= 10 and mean_bytes <= 16 * 2**20


def _reads_more(now: Now) -> bool:
    usual = now.life.plan.usual_input_records or 0
    read = sum(stage.input_records for stage in now.moment.stages if stage.name[0] == "M")
    return usual >= 1_000_000 and read >= 2 * usual and not now.moment.is_ended


def _dies(stage: StageNow) -> bool:
    deaths = [
        sum(one.dies for one in attempts if one.ends_s <= stage.seconds)
        for attempts in stage.scheduled.workers
    ]
    is_common = sum(map(bool, deaths)) >= 0.05 * len(deaths)
    return sum(deaths) >= 3 and (max(deaths) >= 2 or is_common)


def _is_slow_everywhere(stage: StageNow, now: Now) -> bool:
    if "my_udf(" not in now.life.plan.sql or not stage.running or not stage.tells_records:
        return False
    ages = list(map(stage.age_s, stage.running))
    records = list(map(stage.records, stage.running))
    if min(ages) < 300 or sum(records) >= 10_000 * sum(ages):
        return False
    return max(map(stage.records, stage.current)) < 2 * stage.mean_records()


def _in_codes(*codes: int) -> Callable[[Now], bool]:
    return lambda now: now.code in codes


def _in_a_stage(holds: Callable[[StageNow], bool]) -> Callable[[Now], bool]:
    return lambda now: any(map(holds, now.stages))


def _fell_back(now: Now) -> bool:
    codes = [one.code for one in now.moment.history]
    failed = next((place for place, code in enumerate(codes) if code in (1054, 1056)), None)
    return failed is not None and 1050 in codes[failed:] and now.code in (1041, 1042)


def _still_since(now: Now) -> float | None:
    """Return since when no worker has begun or ended and no record was read; None: one is now."""
    if not now.is_running or not now.running:
        return None
    last = now.life.runs_s
    for attempt in _attempts(now):
        last = max(last, attempt.starts_s)
        moves_until = attempt.ends_s
        if attempt.plan.stops_at is not None and not attempt.dies:
            moves_until = attempt.starts_s + attempt.plan.stops_at / attempt.plan.speed
        if moves_until > now.seconds:
            return None
        last = max(last, moves_until)
    return last


def _attempts(now: Now) -> Iterator[Attempt]:
    for stage in now.life.stages:
        for attempts in stage.workers:
            yield from (one for one in attempts if one.starts_s <= now.seconds)


def _stands_still(now: Now) -> bool:
    since = _still_since(now)
    return since is not None and now.seconds >= since + 600 and not _computes(now)


def _computes_only(now: Now) -> bool:
    since = _still_since(now)
    return since is not None and now.seconds >= since + 600 and _computes(now)


def _computes(now: Now) -> bool:
    return any(
        attempt.plan.computes_when_stopped and is_running(attempt, now.seconds)
        for attempt in _attempts(now)
    )


def _finishes(now: Now) -> bool:
    return now.life.written_s <= now.seconds < now.life.ends_s


#: In the order in which the first one is the cause.
DEFINITIONS = (
    Definition(Kind.WAIT_FRAMEWORK, 60, _in_codes(1010, 1011, 1012, 1014, 1015, 1020, 1030)),
    Definition(Kind.REPLICATION, 60, _in_codes(1013)),
    Definition(Kind.OPTIMIZING, 600, _in_codes(1210, 1220, 1230)),
    Definition(Kind.PLANNING, 120, _in_codes(1235, 1240)),
    Definition(Kind.NO_MOVEMENT, 0, _stands_still),
    Definition(Kind.WAIT_QUOTA, 60, _waits_for_quota),
    Definition(Kind.STARVED, 300, _is_starved),
    Definition(Kind.SKEW, 0, lambda now: any(_is_skewed(one, now) for one in now.stages)),
    Definition(Kind.RETRIES, 0, _in_a_stage(_dies)),
    Definition(Kind.EXPANSION, 30, _in_a_stage(_expands)),
    Definition(Kind.TOO_FEW, 0, _in_a_stage(_has_too_few)),
    Definition(
        Kind.SLOW_EVERYWHERE,
        0,
        lambda now: any(_is_slow_everywhere(one, now) for one in now.stages),
    ),
    Definition(
        Kind.SLOW_WORKER,
        0,
        _in_a_stage(lambda one: _has_slow_worker(one) and not _is_backed_up_lately(one)),
    ),
    Definition(
        Kind.LONG_TAIL,
        0,
        _in_a_stage(lambda one: _has_long_tail(one) and not _is_backed_up_lately(one)),
    ),
    Definition(Kind.NO_MOVEMENT, 0, _computes_only),
    Definition(Kind.TOO_MANY, 60, _in_a_stage(_is_of_tiny_workers)),
    Definition(Kind.FINISHING, 120, _finishes),
    Definition(Kind.FALLBACK, 0, _fell_back),
    Definition(Kind.INPUT_GREW, 0, _reads_more),
)
