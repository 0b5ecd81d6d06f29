"""What was found, in words: Markdown. Pure."""

from collections.abc import Sequence

from benchmarks.rotation.trial import Found
from benchmarks.watch.bars import Bar, bar_lines

#: After this Slack tells the person that a command failed.
SLACK_WAITS_S = 3


def quantile(values: Sequence[float], part: float) -> float:
    """Return the value that this part of the values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(part * len(values)))] if values else 0.0


def bars(found: Found) -> list[Bar]:
    """Return what we hold ourselves to."""
    return [
        Bar(
            name=f"commands not acknowledged in {SLACK_WAITS_S} s",
            found=len(found.unacknowledged),
            most=0,
            unit="",
        ),
        Bar(
            name="statements run although reported as failed",
            found=found.run_although_failed,
            most=0,
            unit="",
        ),
        Bar(name="statements doubled", found=found.doubled, most=0, unit=""),
        Bar(name="statements acknowledged and lost", found=found.lost, most=0, unit=""),
    ]


def section(found: Found, *, machine: str) -> str:
    """Return the section of README.md that tells what was found."""
    took_ms = [one.took_s * 1000 for one in found.typed]
    statements = sum(bool(one.marker) for one in found.typed)
    rows = {
        "connections replaced": f"{found.rotations}",
        "connections opened for them": f"{found.opened}",
        "most connections at the same time": f"{found.most_open}",
        "time": f"{found.lasted_s:.0f} s",
        "commands, of them statements": f"{len(found.typed):,}, {statements:,}",
        "acknowledged, median": f"{quantile(took_ms, 0.5):.1f} ms",
        "acknowledged, p99": f"{quantile(took_ms, 0.99):.1f} ms",
        "acknowledged, longest": f"{max(took_ms, default=0):.1f} ms",
    }
    table = ["| | |", "|---|--:|", *(f"| {name} | {value} |" for name, value in rows.items())]
    parts = (
        f"Measured on {machine}.",
        "### The bars",
        "\n".join(bar_lines(bars(found))),
        "### All",
        "\n".join(table),
    )
    return "\n\n".join(parts)
