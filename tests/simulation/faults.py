"""What goes wrong, and where: a seed decides at every boundary, or a list of faults does.

A boundary has a name and a number of its own, such as `worker-1 slack chat.postMessage` #3, and
what happens there depends on the seed, the name and the number only. So the list of what went
wrong can be made shorter, and what is left goes wrong at the same places.
"""

import zlib
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

_MASK = (1 << 64) - 1


class Fault(StrEnum):
    """What may happen at a boundary."""

    CRASH_BEFORE = "the process dies before it is sent"
    CRASH_AFTER = "the process dies before it reads the response"
    LOST_BEFORE = "the request is lost"
    LOST_AFTER = "the response is lost"
    REFUSED = "the connection is refused"
    THROTTLED = "429"
    ERROR_BEFORE = "503, and nothing is done"
    ERROR_AFTER = "502, although it is done"
    GARBAGE = "the response is garbage"
    CUT = "the response breaks off in its midst"
    SLOW = "it takes seconds"
    LATE = "it is done after the sender has given up"
    DROPPED = "it is dropped"
    DOUBLED = "it comes twice"
    DELAYED = "it comes late"
    NOT_FOUND = "a stray 404"
    REDIS_DOWN = "Redis is away for a while"
    FAILOVER = "Redis forgets its last moment"
    RESTART = "the process is restarted"


#: How often each fault happens at a boundary of a kind, in a seed of usual weather.
RATES: Mapping[str, Mapping[Fault, float]] = {
    "redis": {
        Fault.CRASH_BEFORE: 0.0002,
        Fault.CRASH_AFTER: 0.0002,
        Fault.LOST_BEFORE: 0.0005,
        Fault.LOST_AFTER: 0.0005,
        Fault.SLOW: 0.0005,
    },
    "maxcompute": {
        Fault.CRASH_BEFORE: 0.003,
        Fault.CRASH_AFTER: 0.006,
        Fault.REFUSED: 0.01,
        Fault.LOST_BEFORE: 0.01,
        Fault.LOST_AFTER: 0.015,
        Fault.THROTTLED: 0.005,
        Fault.ERROR_BEFORE: 0.01,
        Fault.ERROR_AFTER: 0.01,
        Fault.GARBAGE: 0.01,
        Fault.SLOW: 0.01,
        Fault.NOT_FOUND: 0.005,
        Fault.LATE: 0.005,
    },
    "slack": {
        Fault.CRASH_BEFORE: 0.003,
        Fault.CRASH_AFTER: 0.006,
        Fault.REFUSED: 0.01,
        Fault.LOST_BEFORE: 0.01,
        Fault.LOST_AFTER: 0.015,
        Fault.THROTTLED: 0.005,
        Fault.ERROR_BEFORE: 0.01,
        Fault.ERROR_AFTER: 0.01,
        Fault.GARBAGE: 0.01,
        Fault.SLOW: 0.01,
        Fault.LATE: 0.01,
        Fault.CUT: 0.005,
    },
    "job": {Fault.DROPPED: 0.02, Fault.DOUBLED: 0.02, Fault.DELAYED: 0.02},
    "envelope": {
        Fault.DROPPED: 0.01,
        Fault.DOUBLED: 0.04,
        Fault.DELAYED: 0.02,
    },
    "tick": {Fault.REDIS_DOWN: 0.01, Fault.FAILOVER: 0.01, Fault.RESTART: 0.02},
}

#: Each kind of boundary has its own weather in a seed: calm, usual or rough.
WEATHER = (0.0, 0.5, 1.0, 1.0, 4.0)


@dataclass(frozen=True, order=True)
class Struck:
    """A fault that happened: at which boundary, and what."""

    boundary: str
    number: int
    fault: Fault

    def __str__(self) -> str:
        return f"{self.boundary} #{self.number}: {self.fault}"


class Moment:
    """One crossing of a boundary: what goes wrong, and how long things take."""

    __slots__ = ("_mark", "fault")

    def __init__(self, mark: int, fault: Fault | None) -> None:
        self._mark = mark
        self.fault = fault

    def span_s(self, least_s: float, most_s: float) -> float:
        """Return how long something takes; mostly nearer to the least."""
        self._mark = _mixed(self._mark)
        share = self._mark / (_MASK + 1)
        return least_s + (most_s - least_s) * share * share


class Faults:
    """Decides at each boundary; with `only`, exactly those faults happen."""

    def __init__(self, seed: int, *, only: Collection[Struck] | None = None) -> None:
        self._seed = seed * 0x9E3779B97F4A7C15 & _MASK
        self._counts: dict[str, int] = defaultdict(int)
        self._only = None if only is None else {(s.boundary, s.number): s.fault for s in only}
        self.struck: list[Struck] = []
        self.is_calm = False
        self._rates: dict[str, list[tuple[float, Fault]]] = {
            kind: self._rated(kind) for kind in RATES
        }

    def _rated(self, kind: str) -> list[tuple[float, Fault]]:
        weather = WEATHER[_mixed(self._seed ^ zlib.crc32(kind.encode())) % len(WEATHER)]
        total, rated = 0.0, []
        for fault, rate in RATES[kind].items():
            total += rate * weather
            rated.append((total, fault))
        return rated

    def at(self, kind: str, boundary: str) -> "Moment":
        """Return what goes wrong at this boundary, this time."""
        number = self._counts[boundary] = self._counts[boundary] + 1
        mark = _mixed(self._seed ^ zlib.crc32(boundary.encode()) << 24 ^ number)
        fault = None
        if self.is_calm:
            pass
        elif self._only is not None:
            fault = self._only.get((boundary, number))
        else:
            rated = self._rates[kind]
            chance = mark / (_MASK + 1)
            if chance < rated[-1][0]:
                fault = next(fault for until, fault in rated if chance < until)
        if fault is not None:
            self.struck.append(Struck(boundary, number, fault))
        return Moment(mark, fault)

    def chance(self, name: str, number: int = 0) -> float:
        """Return a number from 0 to 1 that depends on the seed and the name only."""
        mark = zlib.crc32(name.encode()) << 24 ^ number
        return _mixed(self._seed ^ mark) / (_MASK + 1)


def _mixed(value: int) -> int:
    """Return 64 bits of which each depends on all of `value` (splitmix64)."""
    value = (value + 0x9E3779B97F4A7C15) & _MASK
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    value = (value ^ value >> 27) * 0x94D049BB133111EB & _MASK
    return value ^ value >> 31
