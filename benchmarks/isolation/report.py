"""What was found, in words: Markdown, and a table for the terminal. Pure."""

import math
from collections.abc import Iterator, Sequence

from benchmarks.isolation.measure import Found
from benchmarks.isolation.storm import Size
from benchmarks.watch.bars import Bar, quantile

_SHARES = (0.5, 0.99, 1)


def bars(found: Found) -> list[Bar]:
    """Return what we hold ourselves to."""
    storm = found.storm
    return [
        Bar(
            name="command → card in the storm, p99",
            found=quantile(storm.card_s, 0.99),
            most=1,
            unit="s",
        ),
        Bar(name="cards that did not come", found=storm.no_card, most=0, unit=""),
    ]


def table(found: Found) -> list[tuple[str, ...]]:
    """Return rows of what was measured: how many, the median, p99 and the longest, in seconds."""
    rows: list[tuple[str, ...]] = [("seconds", "count", "p50", "p99", "longest", "not come")]
    for name, waited in (("quiet", found.quiet), ("storm", found.storm)):
        rows += [
            (f"{name}: command → card", *_figures(waited.card_s), f"{waited.no_card}"),
            (f"{name}: end → told", *_figures(waited.told_s), f"{waited.not_told}"),
        ]
    return [*rows, ("storm: Stop → MaxCompute", *_figures(found.stops_s), "")]


def _figures(values: Sequence[float]) -> tuple[str, ...]:
    shown = (quantile(values, share) for share in _SHARES)
    return (f"{len(values)}", *("-" if math.isnan(one) else f"{one:.2f}" for one in shown))


def section(found: Found, size: Size, *, machine: str) -> str:
    """Return the section of README.md that tells what was found."""
    head, *rows = table(found)
    lines = [f"| {' | '.join(row)} |" for row in (head, ("---", *["--:"] * 5), *rows)]
    return "\n\n".join(
        (
            f"Measured on {machine}.",
            "\n".join(_bar_lines(bars(found))),
            "\n".join(lines),
            (
                f"Meanwhile {found.files_made} of {size.files} files were posted and"
                f" {found.ends_told} of {size.ends} ends told."
            ),
        )
    )


def _bar_lines(held: Sequence[Bar]) -> Iterator[str]:
    yield "| | found | bar | |"
    yield "|---|--:|--:|---|"
    for bar in held:
        verdict = "holds" if bar.holds else "**missed**"
        yield f"| {bar.name} | **{bar.found:.3g}** {bar.unit} | ≤ {bar.most:g} | {verdict} |"
