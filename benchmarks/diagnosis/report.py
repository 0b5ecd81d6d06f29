"""What was found, in words: Markdown. Pure."""

from collections.abc import Iterable, Sequence
from statistics import median

from benchmarks.diagnosis.bars import Bar, alarm_rate, bars
from benchmarks.diagnosis.cost import Cost
from benchmarks.diagnosis.found import Found
from benchmarks.diagnosis.measure import HEALTHY, NOTHING


def section(all_found: Sequence[Found], costs: Sequence[Cost], *, machine: str) -> str:
    """Return the section of README.md that tells what was found."""
    parts = [f"Measured on {machine}.", "### The bars", _bar_table(bars(all_found, costs))]
    for found in all_found:
        parts += [f"### Lives, polled: {found.plan}", _lives(found), _kinds(found)]
        parts += ["What was said instead, in lives:", _confusions(found)]
    return "\n\n".join([*parts, "### One poll of 20,000 workers", _costs(costs)])


def _bar_table(all_bars: Iterable[Bar]) -> str:
    rows = [
        f"| {bar.name} | **{bar.found}** | {bar.bar} | {'holds' if bar.holds else '**missed**'} |"
        for bar in all_bars
    ]
    return "\n".join(["| | found | bar | |", "|---|--:|--:|---|", *rows])


def _lives(found: Found) -> str:
    sick = {name: count for name, count in found.drawn.items() if name != HEALTHY}
    without = sum(found.without_cause.get(name, 0) for name in sick)
    return (
        f"{min(sick.values(), default=0):,} lives of each of {len(sick)} sicknesses and"
        f" {found.drawn.get(HEALTHY, 0):,} healthy ones, {found.polls:,} polls, in"
        f" {found.took_s / 60:,.0f} minutes.\nOf the sick ones {without:,} had no cause for 20"
        f" seconds, and {found.turned_sick:,} of the healthy ones had one by chance: they\ncount as"
        f" what they are. Of {found.healthy:,} lives that never had a cause,"
        f" {100 * alarm_rate(found):.2f} % raised an alarm."
    )


def _kinds(found: Found) -> str:
    rows = [
        f"| {kind} | {sum(found.matrix[kind].values()):,} | {100 * found.recall(kind):.1f} % |"
        f" {found.said.get(kind, 0):,} | {100 * found.precision(kind):.1f} % |"
        f" {found.late(kind, 0.5):.1f} | {found.late(kind, 0.95):.1f} | {found.late(kind, 1):.1f} |"
        for kind in found.kinds
    ]
    head = "| kind | true of | recall | said of | precision | late, s: median | p95 | greatest |"
    return "\n".join([head, "|---|--:|--:|--:|--:|--:|--:|--:|", *rows])


def _confusions(found: Found) -> str:
    rows = [
        f"| {kind} | {said} | {count:,} |"
        for kind in found.kinds
        for said, count in sorted(found.matrix[kind].items(), key=lambda item: -item[1])
        if said != kind
    ]
    rows += [
        f"| nothing | {said} | {count:,} |"
        for said, count in sorted(found.alarms.items())
        if said != NOTHING
    ]
    return "\n".join(["| true | said | lives |", "|---|---|--:|", *(rows or ["| - | - | 0 |"])])


def _costs(costs: Sequence[Cost]) -> str:
    if not costs:
        return "Not measured."
    took = sorted(1000 * cost.took_s for cost in costs)
    parsed = median(1000 * cost.parsed_s for cost in costs)
    grown = sorted(cost.memory_bytes / 1e6 for cost in costs)
    return (
        f"{len(costs)} fresh processes; a response of {costs[0].response_bytes / 1e6:.1f} MB, after"
        f" twenty other polls.\nProcessor: least {took[0]:.0f}, median {median(took):.0f}, greatest"
        f" {took[-1]:.0f} ms, of which {parsed:.0f} ms are for parsing.\nMemory, the response"
        f" included: {grown[0]:.1f} to {grown[-1]:.1f} MB. Said: {costs[0].said}."
    )
