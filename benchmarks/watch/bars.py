"""What we hold ourselves to at 10,000 instances, and whether it holds. Pure."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.watch.designs import OURS, OURS_KILLED
from benchmarks.watch.measure import Found
from benchmarks.watch.rq_jobs import POLL

_MINUTE_S = 60


@dataclass(frozen=True, kw_only=True)
class Bar:
    """Something that was found, and the most that it may be."""

    name: str
    found: float
    most: float
    unit: str

    @property
    def holds(self) -> bool:
        """Whether it is within the bar."""
        return self.found <= self.most


def bars(all_found: Iterable[Found]) -> list[Bar]:
    """Return the bars of our design at the greatest number of instances."""
    by_design: dict[str, Found] = {}
    for found in sorted(all_found, key=lambda found: found.count):
        by_design[found.design] = found
    ours, killed = by_design[OURS.name], by_design[OURS_KILLED.name]
    polling = ours.count * _MINUTE_S / POLL.total_seconds()
    return [
        Bar(name="lateness, p99", found=lateness_s(ours, 0.99), most=8, unit="s"),
        Bar(
            name="lateness with a worker killed every 10 s, p99",
            found=lateness_s(killed, 0.99),
            most=20,
            unit="s",
        ),
        Bar(
            name="requests, beside polling each instance every 5 s",
            found=100 * ours.requests_a_minute / polling,
            most=1,
            unit="%",
        ),
        Bar(
            name="processor, bot and workers",
            found=100 * ours.cpu_s_a_minute / _MINUTE_S,
            most=20,
            unit="% of a core",
        ),
        Bar(name="memory, bot and workers", found=ours.memory_bytes / 1e6, most=300, unit="MB"),
    ]


def bars_of_many(found: Found) -> list[Bar]:
    """Return the bars at a hundred thousand instances in twenty projects."""
    return [
        Bar(
            name="requests to MaxCompute a second",
            found=found.requests_a_minute / _MINUTE_S,
            most=40,
            unit="",
        ),
        Bar(
            name="processor, bot and workers",
            found=100 * found.cpu_s_a_minute / _MINUTE_S,
            most=100,
            unit="% of a core",
        ),
        Bar(name="lateness, p99", found=lateness_s(found, 0.99), most=10, unit="s"),
    ]


def lateness_s(found: Found, share: float) -> float:
    """Return what `share` of the lateness is below; what was never noticed counts as it stood."""
    return quantile([*found.lateness_s, *found.unnoticed_s], share)


def quantile(values: Sequence[float], share: float) -> float:
    """Return the least value that `share` of the values do not exceed; nan of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def bar_lines(held: Iterable[Bar]) -> Iterator[str]:
    """Yield the lines of a Markdown table: what was found, each bar, and whether it holds."""
    yield "| | found | bar | |"
    yield "|---|--:|--:|---|"
    for bar in held:
        verdict = "holds" if bar.holds else "**missed**"
        unit = f" {bar.unit}" if bar.unit else ""
        yield f"| {bar.name} | **{bar.found:.3g}**{unit} | ≤ {bar.most:g}{unit} | {verdict} |"
