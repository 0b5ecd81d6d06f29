"""What was found, in words: Markdown. Pure."""

from collections.abc import Sequence
from statistics import median

from benchmarks.classify.measure import LENGTHS, Found
from benchmarks.watch.bars import Bar, bar_lines

_MOST_S = 0.5
_MOST_GROWTH = 2


def bars(all_found: Sequence[Found]) -> list[Bar]:
    """Return what we hold ourselves to."""
    short, long = LENGTHS
    slowest = max((took_s(all_found, shape, short), shape) for shape in _shapes(all_found))
    steepest = max((growth(all_found, shape), shape) for shape in _shapes(all_found))
    return [
        Bar(
            name=f"processor time for {short:,} characters, slowest shape ({slowest[1]})",
            found=slowest[0],
            most=_MOST_S,
            unit="s",
        ),
        Bar(
            name=f"time per character at {long:,} beside {short:,}, worst shape ({steepest[1]})",
            found=steepest[0],
            most=_MOST_GROWTH,
            unit="times",
        ),
    ]


def took_s(all_found: Sequence[Found], shape: str, length: int) -> float:
    """Return the median over the rounds."""
    return median(_times(all_found, shape, length))


def growth(all_found: Sequence[Found], shape: str) -> float:
    """Return how many times as long a character takes in the longest text; linear is 1.

    Of the fastest rounds: what else the machine does only adds.
    """
    short, long = (min(_times(all_found, shape, length)) / length for length in LENGTHS)
    return long / short


def section(all_found: Sequence[Found], *, yardstick_s: float, machine: str) -> str:
    """Return the section of README.md that tells what was found."""
    short, long = LENGTHS
    rounds = len(_times(all_found, all_found[0].shape, short))
    rows = [
        f"| {shape} | {_class_of(all_found, shape)} | {took_s(all_found, shape, short):.2f} s |"
        f" {min(_times(all_found, shape, short)):.2f} s | {took_s(all_found, shape, long):.2f} s |"
        f" {growth(all_found, shape):.2f} |"
        for shape in _shapes(all_found)
    ]
    head = (
        f"| a text of | class | {short:,} characters, median | fastest | {long:,} characters,"
        " median | growth |"
    )
    measured = (
        f"Measured on {machine}; {rounds} rounds.\nFive million steps of an empty loop took"
        f" {yardstick_s:.2f} s here."
    )
    parts = (
        measured,
        "### The bars",
        "\n".join(bar_lines(bars(all_found))),
        "### All",
        "\n".join([head, "|---|---|--:|--:|--:|--:|", *rows]),
    )
    return "\n\n".join(parts)


def _shapes(all_found: Sequence[Found]) -> list[str]:
    return list(dict.fromkeys(found.shape for found in all_found))


def _times(all_found: Sequence[Found], shape: str, length: int) -> list[float]:
    """Return the times for texts of nearly so many characters."""
    return [
        found.took_s
        for found in all_found
        if found.shape == shape and length * 0.99 < found.characters <= length
    ]


def _class_of(all_found: Sequence[Found], shape: str) -> str:
    return next(found.statement_class for found in all_found if found.shape == shape)
