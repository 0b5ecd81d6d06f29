"""Our performance targets, and whether they hold. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from benchmarks.client.request_counts import RequestCount
from benchmarks.client.rounds import Samples

IMPORT_BAR = 0.35

#: What writing ten times the rows as CSV may take more.
CSV_MEMORY_BYTES = 5 * 1024 * 1024

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
    ("processor time to list 1,000", "list cpu_seconds", 0.09),
    ("processor time to list 100 pages", "list pages cpu_seconds", None),
    ("processor time to stream rows", "rows cpu_seconds", None),
    ("processor time to write rows as CSV", "CSV cpu_seconds", None),
)

#: A result as CSV beside PyODPS's reader and `csv.writer`: the client as well.
_CSV_RATIOS = (
    ("rows of 4 columns as CSV, without the extra", "CSV rows cpu_seconds", "ours_plain", 0.65),
    ("rows of 4 columns as CSV, extra fast", "CSV rows cpu_seconds", "ours", 0.35),
    ("rows of 9 columns as CSV, without the extra", "CSV wide cpu_seconds", "ours_plain", 0.9),
    ("rows of 9 columns as CSV, extra fast", "CSV wide cpu_seconds", "ours", 0.9),
)

#: Operations that end with rows, in which ours takes half of PyODPS's requests at most, or 0.6
#: where the service does not hold `?instancestatus`, as the recorded one.
_TO_ROWS = ("execute to rows, by result call", "execute to rows, each its usual way")


def ratio_bars(samples: Mapping[str, Samples]) -> list[Bar]:
    """Return the bars of what was measured in rounds."""
    csv = [
        Bar(title, most, _ratio(samples[measure], client))
        for title, measure, client, most in _CSV_RATIOS
    ]
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
    ] + csv


def request_bars(counts: Iterable[RequestCount]) -> list[Bar]:
    """Return the bars of requests: few to rows from nothing, and never more in anything."""
    counted = list(counts)
    worst = max(_ratio_of(c.ours.again, c.pyodps.again) for c in counted)
    worst = max(worst, *(_ratio_of(c.ours.first, c.pyodps.first) for c in counted))
    bars = [Bar("requests, the worst of all operations", 1.0, Spread(worst, worst, worst))]
    for count in counted:
        if count.name.removesuffix(", sandbox") in _TO_ROWS:
            ratio = _ratio_of(count.ours.first, count.pyodps.first)
            name = count.name.replace("execute", "requests")
            most = 0.5 if count.name.endswith(", sandbox") else 0.6
            bars.append(Bar(name, most, Spread(ratio, ratio, ratio)))
    return bars


def is_memory_constant(samples: Mapping[str, Samples], client: str) -> bool:
    """Return whether ten times the rows took no more memory."""
    return memory_grown_bytes(samples, client) <= _JITTER_BYTES


def memory_grown_bytes(samples: Mapping[str, Samples], client: str, kind: str = "") -> float:
    """Return how much more memory ten times the rows took, streamed or, `CSV`, written."""
    few, many = ("CSV few", "CSV rows") if kind == "CSV" else ("few rows", "rows")
    grown = {name: median(samples[f"{name} grown_bytes"][client]) for name in (few, many)}
    return grown[many] - grown[few]


def _ratio(samples: Samples, client: str) -> Spread:
    pairs = zip(samples[client], samples["pyodps"], strict=True)
    return Spread.of(value / reference for value, reference in pairs)


def _ratio_of(ours: int, theirs: int) -> float:
    return ours / theirs if theirs else float(ours > 0)
