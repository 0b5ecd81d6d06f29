"""What was found, in words: Markdown. Pure."""

from collections.abc import Iterable

from benchmarks.commands.acks import Acks
from benchmarks.commands.cards import Told
from benchmarks.commands.people import PATIENCE_S, Ack
from benchmarks.watch.bars import Bar, quantile


def bars(acks: Acks, told: Told) -> list[Bar]:
    """Return what we hold ourselves to."""
    late = sum(not ack.is_in_time for ack in acks.ours)
    asked = sum(ack.command == "run" for ack in acks.ours)
    overtaken = sum(final.overtaken_by for final in told.finals)
    return [
        Bar(name=f"not acknowledged in {PATIENCE_S} s", found=late, most=0, unit=""),
        Bar(
            name="runs acknowledged but not kept",
            found=asked - acks.kept_runs,
            most=0,
            unit="",
        ),
        Bar(name="finals overtaken by progress", found=overtaken, most=0, unit=""),
        Bar(name="finals never told", found=told.untold_finals, most=0, unit=""),
    ]


def section(acks: Acks, told: Told, *, machine: str) -> str:
    """Return the section of README.md that tells what was found."""
    return "\n\n".join(
        (
            f"Measured on {machine}.",
            "### The bars",
            "\n".join(_bar_lines(bars(acks, told))),
            "### Acknowledgements",
            "\n".join(_ack_lines(acks)),
            (
                f"The bot took {100 * acks.bot_cpu_share:.0f} % of a core, Bolt alone"
                f" {100 * acks.bare_cpu_share:.0f} %."
            ),
            "### Cards",
            "\n".join(_card_lines(told)),
        )
    )


def _bar_lines(held: Iterable[Bar]) -> Iterable[str]:
    yield "| | found | bar | |"
    yield "|---|--:|--:|---|"
    for bar in held:
        verdict = "holds" if bar.holds else "**missed**"
        yield f"| {bar.name} | **{bar.found:g}** | ≤ {bar.most:g} | {verdict} |"


def _ack_lines(acks: Acks) -> Iterable[str]:
    yield "| | commands | in time | median | p99 | longest | median ÷ Bolt's | p99 ÷ Bolt's |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    yield _ack_line("Bolt alone", acks.bare, acks.bare)
    yield _ack_line("**odps-bot**", acks.ours, acks.bare)
    for command in sorted({ack.command for ack in acks.ours}):
        those = [ack for ack in acks.ours if ack.command == command]
        yield _ack_line(f"`/odps {command}`", those, acks.bare)


def _ack_line(name: str, acks: list[Ack], bare: list[Ack]) -> str:
    in_time = sum(ack.is_in_time for ack in acks)
    median, p99, longest = (_after_ms(acks, share) for share in (0.5, 0.99, 1))
    cells = (
        name,
        f"{len(acks):,}",
        f"{100 * in_time / len(acks):.2f} %",
        *(f"{value:.1f} ms" for value in (median, p99, longest)),
        f"{median / _after_ms(bare, 0.5):.1f}",
        f"{p99 / _after_ms(bare, 0.99):.1f}",
    )
    return f"| {' | '.join(cells)} |"


def _after_ms(acks: list[Ack], share: float) -> float:
    return 1_000 * quantile([ack.after_s for ack in acks], share)


def _card_lines(told: Told) -> Iterable[str]:
    finals_s = [final.after_s for final in told.finals]
    ending = len(told.finals) + told.untold_finals
    yield f"| {told.live} live cards, {ending} runs end at once | |"
    yield "|---|--:|"
    yield f"| edits a minute, all | {told.edits_a_minute:.0f} |"
    yield f"| edits a minute of live cards | {told.progress_edits_a_minute:.0f} |"
    yield f"| the worst card's age, edited in turn at that rate | {told.worst_age_s:.0f} s |"
    yield (
        f"| the longest that a card was seen unchanged in {told.span_s:.0f} s |"
        f" {told.oldest_s:.0f} s |"
    )
    yield f"| last edit of a card, median | {quantile(finals_s, 0.5):.1f} s |"
    yield f"| last edit of a card, longest | {quantile(finals_s, 1):.1f} s |"
    yield f"| completion reply, median | {quantile(told.completions_s, 0.5):.1f} s |"
    yield f"| completion reply, longest | {quantile(told.completions_s, 1):.1f} s |"
    yield f"| calls that Slack refused with 429 | {told.refused} |"
