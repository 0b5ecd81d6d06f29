"""What we hold ourselves to, and whether it holds. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.diagnosis.cost import Cost
from benchmarks.diagnosis.found import Found
from benchmarks.diagnosis.measure import NOTHING

_LEAST_SHARE = 0.95
_MOST_ALARMS = 0.01
_MOST_LATE_S = 10
_MOST_TOOK_S = 0.05
_MOST_BYTES = 20_000_000


@dataclass(frozen=True, kw_only=True)
class Bar:
    """Something that was found, and how it must be."""

    name: str
    found: str
    bar: str
    holds: bool


def bars(all_found: Sequence[Found], costs: Sequence[Cost]) -> list[Bar]:
    """Return all bars, those of each poll plan first."""
    return [*(bar for found in all_found for bar in _bars_of(found)), *_cost_bars(costs)]


def alarm_rate(found: Found) -> float:
    """Return the share of healthy lives of which anything was said."""
    alarms = found.healthy - found.alarms.get(NOTHING, 0)
    return alarms / found.healthy if found.healthy else 0.0


def _bars_of(found: Found) -> Iterator[Bar]:
    kinds = found.kinds
    recall = min((found.recall(kind), kind) for kind in kinds)
    precision = min((found.precision(kind), kind) for kind in kinds)
    late = max((found.late(kind, 0.95), kind) for kind in kinds)
    alarms = alarm_rate(found)
    for name, (share, kind) in (("recall", recall), ("precision", precision)):
        yield Bar(
            name=f"{found.plan}: {name}, worst kind ({kind})",
            found=f"{100 * share:.1f} %",
            bar=f"≥ {100 * _LEAST_SHARE:.0f} %",
            holds=share >= _LEAST_SHARE,
        )
    yield Bar(
        name=f"{found.plan}: alarms on healthy lives",
        found=f"{100 * alarms:.2f} %",
        bar=f"≤ {100 * _MOST_ALARMS:.0f} %",
        holds=alarms <= _MOST_ALARMS,
    )
    yield Bar(
        name=f"{found.plan}: from true to said, p95, worst kind ({late[1]})",
        found=f"{late[0]:.1f} s",
        bar=f"≤ {_MOST_LATE_S} s",
        holds=late[0] <= _MOST_LATE_S,
    )


def _cost_bars(costs: Sequence[Cost]) -> Iterator[Bar]:
    if not costs:
        return
    took_s = median(cost.took_s for cost in costs)
    grown = max(cost.memory_bytes for cost in costs)
    yield Bar(
        name="processor time of a poll with 20,000 workers, median",
        found=f"{1000 * took_s:.0f} ms",
        bar=f"≤ {1000 * _MOST_TOOK_S:.0f} ms",
        holds=took_s <= _MOST_TOOK_S,
    )
    yield Bar(
        name="memory of it, the response included, greatest",
        found=f"{grown / 1e6:.1f} MB",
        bar=f"≤ {_MOST_BYTES / 1e6:.0f} MB",
        holds=grown <= _MOST_BYTES,
    )
