"""What was found, in words: Markdown. Pure."""

from collections.abc import Iterable

from benchmarks.board.measure import Found, Load
from benchmarks.watch.bars import Bar, quantile

#: A last update of a card that comes later than this is late.
LATE_S = 10


def bars(found: Found, load: Load) -> list[Bar]:
    """Return what we hold ourselves to."""
    late = sum(after_s > LATE_S for after_s in found.finals_s)
    missing = load.boards - found.boards
    return [
        Bar(name="the oldest board", found=found.oldest_board_s, most=30, unit="s"),
        Bar(name="boards that are missing", found=missing, most=0, unit=""),
        Bar(name=f"final cards later than {LATE_S} s", found=late, most=0, unit=""),
        Bar(name="final cards never shown", found=found.untold_finals, most=0, unit=""),
        Bar(
            name="the oldest card that does not say as of when it is",
            found=found.oldest_claim_s,
            most=60,
            unit="s",
        ),
        Bar(name="calls that Slack refused with 429", found=found.refused, most=0, unit=""),
    ]


def section(found: Found, without: Found, load: Load, *, machine: str) -> str:
    """Return the section of README.md that tells what was found."""
    return "\n\n".join(
        (
            f"Measured on {machine}.",
            "### The bars",
            "\n".join(_bar_lines(bars(found, load))),
            "### With and without boards",
            "\n".join(_lines(found, without)),
        )
    )


def _bar_lines(held: Iterable[Bar]) -> Iterable[str]:
    yield "| | found | bar | |"
    yield "|---|--:|--:|---|"
    for bar in held:
        verdict = "holds" if bar.holds else "**missed**"
        yield f"| {bar.name} | **{bar.found:.3g}** {bar.unit} | ≤ {bar.most:g} | {verdict} |"


def _lines(found: Found, without: Found) -> Iterable[str]:
    yield f"| | {found.boards} boards | no board |"
    yield "|---|--:|--:|"
    yield f"| the oldest board | {found.oldest_board_s:.0f} s | none |"
    yield f"| a board is updated every | {found.board_interval_s:.0f} s | none |"
    for share, name in ((0.5, "median"), (1, "longest")):
        ours, theirs = (quantile(one.finals_s, share) for one in (found, without))
        yield f"| last update of a card, {name} | {ours:.1f} s | {theirs:.1f} s |"
    yield (
        "| the oldest card of those that were updated |"
        f" {found.oldest_card_s:.0f} s | {without.oldest_card_s:.0f} s |"
    )
    for name, count in found.updates_a_minute.items():
        yield f"| updates a minute: {name} | {count:.0f} | {without.updates_a_minute[name]:.0f} |"
