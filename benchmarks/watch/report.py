"""What was found, in words: Markdown. Pure."""

from collections.abc import Iterable, Sequence

from benchmarks.watch.bars import Bar, lateness_s
from benchmarks.watch.designs import BLOCKING
from benchmarks.watch.measure import Found

_TARGET = 10_000


def section(all_found: Sequence[Found], held: Sequence[Bar], *, machine: str) -> str:
    """Return the section of README.md that tells what was found."""
    blocking = next(found for found in all_found if found.design == BLOCKING.name)
    return "\n\n".join(
        (
            f"Measured on {machine}.",
            "### The bars, at 10,000 instances",
            "\n".join(_bar_lines(held)),
            "### All designs",
            "\n".join(_lines(all_found)),
            _extrapolated(blocking),
        )
    )


def many_section(found: Found, held: Sequence[Bar], *, machine: str) -> str:
    """Return the section that tells how a hundred thousand instances are watched."""
    return "\n\n".join(
        (f"Measured on {machine}.", "\n".join(_bar_lines(held)), "\n".join(_lines([found])))
    )


def _bar_lines(held: Iterable[Bar]) -> Iterable[str]:
    yield "| | found | bar | |"
    yield "|---|--:|--:|---|"
    for bar in held:
        verdict = "holds" if bar.holds else "**missed**"
        yield f"| {bar.name} | **{bar.found:.3g}** {bar.unit} | ≤ {bar.most:g} | {verdict} |"


def _lines(all_found: Iterable[Found]) -> Iterable[str]:
    yield (
        "| design | instances | processes | lateness, median | p99 | ends noticed |"
        " requests a minute | processor, % of a core | memory, MB | Redis: commands a second |"
        " Redis: processor, % | Redis: memory, MB |"
    )
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for found in all_found:
        noticed, ended = len(found.lateness_s), len(found.lateness_s) + len(found.unnoticed_s)
        cells = (
            found.design,
            f"{found.count:,}",
            f"{found.processes}",
            *(_seconds(found, share) for share in (0.5, 0.99)),
            f"{noticed} of {ended}",
            f"{found.requests_a_minute:,.0f}",
            f"{found.cpu_s_a_minute / 0.6:.1f}",
            f"{found.memory_bytes / 1e6:,.0f}",
            f"{found.redis_commands_a_minute / 60:,.0f}",
            f"{found.redis_cpu_s_a_minute / 0.6:.1f}",
            f"{found.redis_memory_bytes / 1e6:.1f}",
        )
        yield f"| {' | '.join(cells)} |"


def _seconds(found: Found, share: float) -> str:
    """Return a quantile; when it falls among what was never noticed it is only a lower bound."""
    value = lateness_s(found, share)
    sign = "> " if value in found.unnoticed_s else ""
    return f"{sign}{value:.1f} s"


def _extrapolated(blocking: Found) -> str:
    times = _TARGET / blocking.count
    return (
        f"The blocking design needs a worker for each instance; {blocking.count} were measured."
        f" Multiplied, not measured: {_TARGET:,} instances take {_TARGET:,} worker processes,"
        f" {times * blocking.memory_bytes / 1e9:,.0f} GB of memory,"
        f" {times * blocking.requests_a_minute:,.0f} requests a minute and"
        f" {times * blocking.cpu_s_a_minute / 60:.1f} cores. With two workers it watches two"
        " instances; the others wait their turn."
    )
