"""What was said about each life, held against what was true of it."""

import multiprocessing
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.diagnosis.population import SICKNESSES, Subject, subject
from benchmarks.diagnosis.truth import Cause, causes, is_true
from benchmarks.diagnosis.watching import AS_BOT, EVERYTHING, PollPlan, watch
from odps_bot.diagnosis.finding import Kind

HEALTHY = "healthy"
NOTHING = "nothing"

#: Seeds of what is reported begin here; those from 10,000,000 on are for trying things out.
FIRST_SEED = 0

PLANS = {"as the bot polls": AS_BOT, "everything, every 5 s": EVERYTHING}

#: Lives are watched for so long at most.
_LONGEST_S = 1_000
#: What is the cause for less can't be counted on to be seen.
_LEAST_S = 20
#: What ends is still said until workers are asked for again.
_BEFORE_S, _AFTER_S = 10, 70


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A cause that a life had, and what was said meanwhile."""

    kind: str
    said: str  #: its kind, if that was said; else what was said, or `nothing`
    late_s: float | None  #: None: it was not said


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of one life."""

    drawn_as: str
    seed: int
    seen: tuple[Seen, ...]
    said: tuple[str, ...]  #: all kinds that were said
    wrong: tuple[str, ...]  #: those that were not true anywhere near
    is_sick: bool  #: anything was true of it, however shortly
    polls: int


def measure(plan_name: str, seeds: dict[str, int], *, processes: int) -> Iterator[Outcome]:
    """Yield the outcomes of so many lives of each name, in no order."""
    tasks = [
        (plan_name, name, FIRST_SEED + seed)
        for seed in range(max(seeds.values()))
        for name, count in seeds.items()
        if seed < count
    ]
    with multiprocessing.Pool(processes) as pool:
        yield from pool.imap_unordered(_outcome_of_task, tasks, chunksize=20)


def counts(sick: int, healthy: int) -> dict[str, int]:
    """Return how many lives are drawn of each name."""
    return {**dict.fromkeys(SICKNESSES, sick), HEALTHY: healthy}


def _outcome_of_task(task: tuple[str, str, int]) -> Outcome:
    plan_name, name, seed = task
    return outcome_of(subject(name, seed), PLANS[plan_name])


def outcome_of(one: Subject, plan: PollPlan) -> Outcome:
    """Watch a life, and hold what was said against what was true."""
    until_s = int(min(one.life.ends_s, _LONGEST_S))
    true = causes(one, until_s=until_s)
    polls = [
        (seconds, finding.kind.value if finding else NOTHING)
        for seconds, finding in watch(one, plan, until_s=until_s)
    ]
    said = tuple(dict.fromkeys(kind for _, kind in polls if kind != NOTHING))
    return Outcome(
        drawn_as=one.drawn_as,
        seed=one.seed,
        seen=tuple(_seen(kind, true, polls) for kind in _lasting(true)),
        said=said,
        wrong=tuple(kind for kind in said if not _was_true(one, kind, true, polls)),
        is_sick=bool(true),
        polls=len(polls),
    )


def _lasting(true: Sequence[Cause]) -> list[str]:
    """Return the kinds that were the cause for long enough at a time."""
    lasting = (cause for cause in true if cause.until_s - cause.from_s >= _LEAST_S)
    return list(dict.fromkeys(cause.kind.value for cause in lasting))


def _seen(kind: str, true: Sequence[Cause], polls: Sequence[tuple[float, str]]) -> Seen:
    """Return what was said while a kind was the cause for the first time, and how late."""
    cause = next(
        one for one in true if one.kind.value == kind and one.until_s - one.from_s >= _LEAST_S
    )
    meanwhile = [
        (seconds, said)
        for seconds, said in polls
        if cause.from_s - _BEFORE_S <= seconds <= cause.until_s + _BEFORE_S
    ]
    hit_s = next((seconds for seconds, said in meanwhile if said == kind), None)
    if hit_s is not None:
        return Seen(kind=kind, said=kind, late_s=max(0.0, round(hit_s - cause.from_s, 1)))
    others = Counter(said for _, said in meanwhile if said != NOTHING)
    said = others.most_common(1)[0][0] if others else NOTHING
    return Seen(kind=kind, said=said, late_s=None)


def _was_true(
    one: Subject, kind: str, true: Sequence[Cause], polls: Sequence[tuple[float, str]]
) -> bool:
    """Return whether a kind was the cause near one of the polls that said it.

    Where it was one for less than the grid of `causes`, that of the moment counts.
    """
    when = [seconds for seconds, said in polls if said == kind]
    is_near = any(
        cause.from_s - _BEFORE_S <= seconds <= cause.until_s + _AFTER_S
        for cause in true
        if cause.kind.value == kind
        for seconds in when
    )
    return is_near or any(is_true(one, Kind(kind), int(seconds)) for seconds in when)
