"""What was found, in words: Markdown. Pure."""

from collections.abc import Iterable

from benchmarks.ends.measure import Ended, Found
from benchmarks.watch.bars import Bar, quantile

#: From the end of the instance to what people see.
MEDIAN_S, P99_S = 0.5, 1.5

#: A run of a minute costs at most so many updates of its card; most are shorter.
UPDATES = 8

_AGES_S = ((1, 3), (3, 10), (10, 30), (30, 60), (60, 121))


def bars(found: Found) -> list[Bar]:
    """Return what we hold ourselves to."""
    replies, cards = replies_s(found.runs), cards_s(found.runs)
    return [
        Bar(
            name="reply after the end, median",
            found=quantile(replies, 0.5),
            most=MEDIAN_S,
            unit="s",
        ),
        Bar(name="reply after the end, p99", found=quantile(replies, 0.99), most=P99_S, unit="s"),
        Bar(
            name="final card after the end, median",
            found=quantile(cards, 0.5),
            most=MEDIAN_S,
            unit="s",
        ),
        Bar(
            name="final card after the end, p99", found=quantile(cards, 0.99), most=P99_S, unit="s"
        ),
        Bar(name="ends that were never told", found=untold(found), most=0, unit=""),
        Bar(name="updates of a card, per run", found=found.updates, most=UPDATES, unit=""),
        Bar(name="calls that Slack refused with 429", found=found.refused, most=0, unit=""),
    ]


def replies_s(runs: Iterable[Ended]) -> list[float]:
    """Return after how long replies came, the soonest first."""
    return sorted(one.reply_s for one in runs if one.reply_s is not None)


def cards_s(runs: Iterable[Ended]) -> list[float]:
    """Return after how long cards showed the end, the soonest first."""
    return sorted(one.card_s for one in runs if one.card_s is not None)


def untold(found: Found) -> int:
    """Return how many runs ended without a reply."""
    return sum(one.reply_s is None for one in found.runs)


def section(held: Found, polled: Found, *, machine: str) -> str:
    """Return the section of README.md that tells what was found."""
    return "\n\n".join(
        (
            f"Measured on {machine}.",
            "### The bars",
            "\n".join(_bar_lines(bars(held))),
            "### With held requests and without",
            "\n".join(_lines(held, polled)),
            "### By how long a run lasts (reply after the end, median and longest)",
            "\n".join(_age_lines(held, polled)),
            "![Ends told after a time](ends.svg)",
        )
    )


def _bar_lines(held: Iterable[Bar]) -> Iterable[str]:
    yield "| | found | bar | |"
    yield "|---|--:|--:|---|"
    for bar in held:
        verdict = "holds" if bar.holds else "**missed**"
        yield f"| {bar.name} | **{bar.found:.3g}** {bar.unit} | ≤ {bar.most:g} | {verdict} |"


def _lines(held: Found, polled: Found) -> Iterable[str]:
    yield "| | held requests | polls alone |"
    yield "|---|--:|--:|"
    for what, read in (("reply", replies_s), ("final card", cards_s)):
        for share, name in ((0.5, "median"), (0.99, "p99"), (1, "longest")):
            ours, former = (quantile(read(one.runs), share) for one in (held, polled))
            yield f"| {what} after the end, {name} | {ours:.2f} s | {former:.2f} s |"
    yield f"| requests a second | {held.requests_per_s:.1f} | {polled.requests_per_s:.1f} |"
    yield f"| of them held | {held.held_per_s:.1f} | {polled.held_per_s:.1f} |"
    yield f"| held at the same time, at most | {held.most_held} | {polled.most_held} |"
    yield f"| updates of a card, per run | {held.updates:.1f} | {polled.updates:.1f} |"
    yield f"| ends that were never told | {untold(held)} | {untold(polled)} |"


def _age_lines(held: Found, polled: Found) -> Iterable[str]:
    yield "| lasts | runs | held requests | polls alone |"
    yield "|---|--:|--:|--:|"
    for least, most in _AGES_S:
        cells = []
        for found in (held, polled):
            of_age = [one for one in found.runs if least <= one.lasts_s < most]
            told = replies_s(of_age)
            cells.append(f"{quantile(told, 0.5):.2f} / {max(told):.2f} s" if told else "none")
        count = sum(least <= one.lasts_s < most for one in held.runs)
        yield f"| {least} to {min(most, 120)} s | {count} | {cells[0]} | {cells[1]} |"
