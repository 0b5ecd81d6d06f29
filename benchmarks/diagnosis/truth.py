"""What is true of a life at each second: its one cause, by the definitions. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from benchmarks.diagnosis.definitions import DEFINITIONS, Now
from benchmarks.diagnosis.population import Subject
from odps_bot.diagnosis.finding import Kind

#: What holds for less may be missed: nobody looks more often.
GRID_S = 10


@dataclass(frozen=True, slots=True)
class Cause:
    """The one cause during a time."""

    kind: Kind
    from_s: int
    until_s: int


def causes(subject: Subject, *, until_s: int) -> list[Cause]:
    """Return all causes of a life until then, to the second."""
    fired = [*_fired(subject, until_s)]
    edges = sorted({edge for _, since, until in fired for edge in (since, until)})
    found: list[Cause] = []
    for since, until in pairwise(edges):
        first = min((place for place, begins, ends in fired if begins <= since < ends), default=-1)
        if first < 0:
            continue
        kind = DEFINITIONS[first].kind
        if found and (found[-1].kind, found[-1].until_s) == (kind, since):
            since = found.pop().from_s  # noqa: PLW2901  -- it goes on
        found.append(Cause(kind, since, until))
    return found


def is_true(subject: Subject, kind: Kind, second: int) -> bool:
    """Return whether the condition of a kind holds at a second, however shortly."""
    now = _now(subject, second)
    return any(one.kind is kind and one.holds(now) for one in DEFINITIONS)


def _now(subject: Subject, second: int) -> Now:
    moment = subject.life.at(second)
    return Now(subject.life, second, moment, tells_records=subject.tells_records)


def _fired(subject: Subject, until_s: int) -> Iterator[tuple[int, int, int]]:
    """Yield by place in `DEFINITIONS` from when until when each condition has held long enough."""

    @cache
    def holding(second: int) -> frozenset[int]:
        now = _now(subject, second)
        if now.moment.is_ended:
            return frozenset()
        return frozenset(place for place, one in enumerate(DEFINITIONS) if one.holds(now))

    grid = [*range(0, until_s, GRID_S), until_s]
    began: dict[int, int] = dict.fromkeys(holding(0), 0)
    for earlier, later in pairwise(grid):
        for place in holding(earlier) ^ holding(later):
            edge = _edge(lambda second, place=place: place in holding(second), earlier, later)
            if place in holding(later):
                began[place] = edge
            else:
                yield from _long_enough(place, began.pop(place), edge)
    for place, since in began.items():
        yield from _long_enough(place, since, until_s)


def _long_enough(place: int, since: int, until: int) -> Iterator[tuple[int, int, int]]:
    fires = since + int(DEFINITIONS[place].hold_s)
    if fires < until:
        yield place, fires, until


def _edge(holds: Callable[[int], bool], earlier: int, later: int) -> int:
    """Return the first second after `earlier` at which it holds as it does at `later`."""
    wanted = holds(later)
    while later - earlier > 1:
        middle = (earlier + later) // 2
        if holds(middle) == wanted:
            later = middle
        else:
            earlier = middle
    return later
