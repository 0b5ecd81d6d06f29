"""What is usual for a statement, and how one of its runs differs from that. Pure."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from odps_bot.history.baseline import Baseline, Spread, StageBaseline
from odps_bot.history.past_run import PastRun, PastStage
from odps_bot.history.spread import LEAST_RUNS, slow_after_s, spread_of

HOUR_S = 3_600
HOURS_A_DAY, HOURS_A_WEEK = 24, 7 * 24

#: So much more input explains that a run takes longer.
NOTABLE_INPUT = 1.5

#: A statement is slower since a run when the last five took so many times what those before took.
SHIFT_RATIO = 1.5
SHIFT_RUNS = 5
RUNS_BEFORE_SHIFT = 15


class Usual(msgspec.Struct, frozen=True, kw_only=True):
    """How long a statement usually takes, as a run's record keeps it."""

    count: int  #: successes that are known; 0: none was seen before
    #: What those took that compare best, from when something ran; the shortest first.
    run_s: tuple[float, ...] = ()
    wait_s: tuple[float, ...] = ()  #: how long these waited before
    baseline: Baseline | None = None  #: of at least five

    @property
    def slow_after_s(self) -> float | None:
        """After how long it runs slowly; None: too little is known."""
        return slow_after_s(self.run_s)


def in_short(usual: Usual) -> Usual:
    """Return what is kept of it when the run has ended: records are kept for days."""
    baseline = usual.baseline
    without = msgspec.structs.replace(baseline, stages={}) if baseline else None
    return Usual(count=usual.count, baseline=without)


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """How a run that has ended differs from what is usual."""

    count: int  #: of the runs it is compared with
    run_s: float
    usual_run: Spread
    wait_s: float | None = None
    usual_wait: Spread | None = None
    input_ratio: float | None = None  #: its input records, or else bytes, by the usual
    is_slow: bool = False  #: by more than its input explains


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """From when on a statement takes longer than before."""

    since: datetime
    before_s: float
    after_s: float


def usual_of(runs: Sequence[PastRun], *, at: datetime) -> Usual:
    """Return what is usual for a run that was submitted at this time, after these successes."""
    comparable = comparable_runs(runs, at=at)
    return Usual(
        count=len(runs),
        run_s=tuple(sorted(past.run_s for past in comparable)),
        wait_s=tuple(sorted(past.wait_s for past in comparable if past.wait_s is not None)),
        baseline=baseline_of(comparable),
    )


def comparable_runs(runs: Sequence[PastRun], *, at: datetime) -> list[PastRun]:
    """Return those at about the same hour of the same weekday, else of any day, else all.

    Only five or more are a choice. Hours and weekdays differ alike in all time zones.
    """
    hour = int(at.timestamp()) // HOUR_S
    for period in (HOURS_A_WEEK, HOURS_A_DAY):
        near = [past for past in runs if _is_near(past.submitted_s // HOUR_S, hour, period)]
        if len(near) >= LEAST_RUNS:
            return near
    return list(runs)


def _is_near(hour: int, other: int, period: int) -> bool:
    return (hour - other + 1) % period <= 2  # noqa: PLR2004  -- one before, the same, one after


def baseline_of(runs: Sequence[PastRun]) -> Baseline | None:
    """Return what is usual after these successes; None after fewer than five."""
    run_s = spread_of(past.run_s for past in runs)
    if run_s is None:
        return None
    return Baseline(
        wait_s=spread_of(past.wait_s for past in runs),
        run_s=run_s,
        input_records=spread_of(past.input_records for past in runs),
        planning_s=spread_of(past.planning_s for past in runs),
        stages=_stages(runs),
    )


def _stages(runs: Sequence[PastRun]) -> dict[str, StageBaseline]:
    by_name: dict[str, list[PastStage]] = {}
    for past in runs:
        for stage in past.stages:
            by_name.setdefault(stage.name, []).append(stage)
    return {
        name: StageBaseline(
            workers=_median(stage.workers for stage in seen),
            input_records=_median(stage.input_records for stage in seen),
            output_records=_median(stage.output_records for stage in seen),
        )
        for name, seen in by_name.items()
        if len(seen) >= LEAST_RUNS
    }


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if len(known) >= LEAST_RUNS else None


def compare(past: PastRun, runs: Sequence[PastRun]) -> Comparison | None:
    """Return how the run differs from the successes before it; None after fewer than five."""
    at = datetime.fromtimestamp(past.submitted_s, UTC)
    comparable = comparable_runs(runs, at=at)
    baseline = baseline_of(comparable)
    if baseline is None or baseline.run_s is None:
        return None
    ratio = input_ratio(past, comparable)
    by_input = ratio if ratio is not None and ratio >= NOTABLE_INPUT else 1.0
    limit = slow_after_s([one.run_s for one in comparable], by_input=by_input)
    return Comparison(
        count=len(comparable),
        run_s=past.run_s,
        usual_run=baseline.run_s,
        wait_s=past.wait_s,
        usual_wait=baseline.wait_s,
        input_ratio=ratio,
        is_slow=limit is not None and past.run_s > limit,
    )


def input_ratio(past: PastRun, runs: Sequence[PastRun]) -> float | None:
    """Return its input by the usual one; None where either is not known, or nothing."""
    measures: tuple[Callable[[PastRun], int | None], ...] = (
        lambda one: one.input_records,
        lambda one: one.input_bytes,
    )
    for measure in measures:
        own, usual = measure(past), spread_of(measure(one) for one in runs)
        if own is not None and usual is not None and usual.median > 0:
            return own / usual.median
    return None


def shift_of(runs: Sequence[PastRun]) -> Shift | None:
    """Return since when the statement is slower, if it is; `runs` are the latest first."""
    after, before = runs[:SHIFT_RUNS], runs[SHIFT_RUNS : SHIFT_RUNS + RUNS_BEFORE_SHIFT]
    if len(before) < LEAST_RUNS:
        return None
    after_s = statistics.median(past.run_s for past in after)
    before_s = statistics.median(past.run_s for past in before)
    if after_s <= SHIFT_RATIO * before_s:
        return None
    # Of the five, those that are slow themselves: the first of them is where it began.
    slow = [past for past in after if past.run_s > SHIFT_RATIO * before_s]
    since = datetime.fromtimestamp(min(past.submitted_s for past in slow), UTC)
    return Shift(since=since, before_s=before_s, after_s=after_s)
