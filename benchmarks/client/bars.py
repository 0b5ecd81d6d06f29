"""Our performance targets, and whether they hold. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from benchmarks.client.request_counts import RequestCount
from benchmarks.client.rounds import Samples

IMPORT_BAR = 0.35

#: Memory that differs by less than this between runs counts as constant.
_JITTER_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True)
class Spread:
    """The results of several rounds."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        """Return least, median and greatest."""
        ordered = sorted(values)
        return cls(ordered[0], median(ordered), ordered[-1])


@dataclass(frozen=True)
class Bar:
    """A ratio of ours to PyODPS, round by round, and the limit of the median."""

    name: str
    most: float | None  #: None: only measured
    ratio: Spread
    floor: Spread | None = None  #: the same ratio of bare `requests` to PyODPS

    @property
    def holds(self) -> bool | None:
        """Whether the median is within the bar; None without one."""
        return None if self.most is None else self.ratio.middle <= self.most


#: What is measured in rounds: its title, the measure, and the bar.
_RATIOS = (
    ("processor time of the import", "import cpu_seconds", IMPORT_BAR),
    ("memory after the import", "import memory_bytes", 0.4),
    ("processor time of import and first request", "first request cpu_seconds", None),
    ("memory after import and first request", "first request memory_bytes", None),
    ("processor time of a poll (status)", "poll status cpu_seconds", 0.65),
    ("processor time of a poll (tasks)", "poll tasks cpu_seconds", 0.65),
    ("processor time of a poll (progress)", "poll progress cpu_seconds", 0.65),
    ("processor time to list 1,000", "list cpu_seconds", 0.1),
    ("processor time to list 100 pages", "list pages cpu_seconds", None),
    ("processor time to stream rows", "rows cpu_seconds", None),
    ("processor time to write rows as CSV", "CSV cpu_seconds", None),
)

#: Operations that end with rows, in which ours takes half of PyODPS's requests at most.
_HALVED = ("execute to rows, by result call", "execute to rows, each its usual way")


def ratio_bars(samples: Mapping[str, Samples]) -> list[Bar]:
    """Return the bars of what was measured in rounds."""
    return [
        Bar(
            title,
            most,
            _ratio(samples[measure], "ours"),
            _ratio(samples[measure], "bare_requests")
            if "bare_requests" in samples[measure]
            else None,
        )
        for title, measure, most in _RATIOS
    ]


def request_bars(counts: Iterable[RequestCount]) -> list[Bar]:
    """Return the bars of requests: halved to rows from nothing, and never more in anything."""
    counted = list(counts)
    worst = max(_ratio_of(c.ours.again, c.pyodps.again) for c in counted)
    worst = max(worst, *(_ratio_of(c.ours.first, c.pyodps.first) for c in counted))
    bars = [Bar("requests, the worst of all operations", 1.0, Spread(worst, worst, worst))]
    for count in counted:
        if count.name.removesuffix(", sandbox") in _HALVED:
            ratio = _ratio_of(count.ours.first, count.pyodps.first)
            name = count.name.replace("execute", "requests")
            bars.append(Bar(name, 0.5, Spread(ratio, ratio, ratio)))
    return bars


def is_memory_constant(samples: Mapping[str, Samples], client: str) -> bool:
    """Return whether ten times the rows took no more memory."""
    few = median(samples["few rows grown_bytes"][client])
    return median(samples["rows grown_bytes"][client]) <= few + _JITTER_BYTES


def _ratio(samples: Samples, client: str) -> Spread:
    pairs = zip(samples[client], samples["pyodps"], strict=True)
    return Spread.of(value / reference for value, reference in pairs)


def _ratio_of(ours: int, theirs: int) -> float:
    return ours / theirs if theirs else float(ours > 0)
