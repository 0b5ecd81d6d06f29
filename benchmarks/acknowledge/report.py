"""What was found, in words: Markdown. Pure."""

from collections.abc import Iterator, Sequence

from benchmarks.acknowledge.measure import Ack
from benchmarks.watch.bars import Bar, bar_lines, quantile

#: Slack gives up after 3 s; nobody should come near it.
P99_MS = 50

_SLOWEST = 5


def bars(acks: Sequence[Ack]) -> list[Bar]:
    """Return what we hold ourselves to."""
    faults = sum(ack.status >= 500 for ack in acks)
    return [
        Bar(name="acknowledged after, p99 of all", found=_ms(acks, 0.99), most=P99_MS, unit="ms"),
        Bar(name="answered with a fault", found=faults, most=0, unit=""),
    ]


def section(acks: Sequence[Ack], *, machine: str) -> str:
    """Return the section of README.md that tells what was found."""
    shapes = len({ack.shape for ack in acks})
    return "\n\n".join(
        (
            f"Measured on {machine}; {shapes} shapes, {len(acks) // shapes} rounds.",
            "\n".join(bar_lines(bars(acks))),
            "\n".join(_lines(acks)),
            "The slowest shapes, by their median:",
            "\n".join(_slowest_lines(acks)),
        )
    )


def _lines(acks: Sequence[Ack]) -> Iterator[str]:
    yield "| | requests | median | p99 | longest |"
    yield "|---|--:|--:|--:|--:|"
    yield _line("**all**", acks)
    for folder in sorted({ack.shape.partition("/")[0] for ack in acks}):
        those = [ack for ack in acks if ack.shape.startswith(f"{folder}/")]
        yield _line(folder.replace("_", " "), those)


def _slowest_lines(acks: Sequence[Ack]) -> Iterator[str]:
    by_shape: dict[str, list[Ack]] = {}
    for ack in acks:
        by_shape.setdefault(ack.shape, []).append(ack)
    slowest = sorted(by_shape, key=lambda name: _ms(by_shape[name], 0.5), reverse=True)
    yield "| | requests | median | p99 | longest |"
    yield "|---|--:|--:|--:|--:|"
    for name in slowest[:_SLOWEST]:
        yield _line(f"`{name}`", by_shape[name])


def _line(name: str, acks: Sequence[Ack]) -> str:
    times = (f"{_ms(acks, share):.1f} ms" for share in (0.5, 0.99, 1))
    return f"| {' | '.join((name, f'{len(acks):,}', *times))} |"


def _ms(acks: Sequence[Ack], share: float) -> float:
    return 1_000 * quantile([ack.after_s for ack in acks], share)
