"""What was found, in words: Markdown. Pure."""

import statistics
from collections.abc import Iterator, Sequence

from benchmarks.failover.trial import FAULTS, Trial
from benchmarks.watch.bars import Bar, bar_lines

RESTORED_WITHIN_S = 10

FAULTS_IN_WORDS = {
    "kill": "killed (SIGKILL)",
    "stop": "stopped (SIGSTOP)",
    "demote": "demoted (`SENTINEL FAILOVER`)",
}


def bars(trials: Sequence[Trial]) -> list[Bar]:
    """Return what we hold ourselves to."""
    confirmed = [trial for trial in trials if trial.is_confirmed]
    return [
        *(
            Bar(
                name=f"service again after the primary was {FAULTS_IN_WORDS[fault]}",
                found=max(trial.restored_s for trial in trials if trial.fault == fault),
                most=RESTORED_WITHIN_S,
                unit="s",
            )
            for fault in FAULTS
            if any(trial.fault == fault for trial in trials)
        ),
        Bar(
            name="runs lost that were accepted without a warning, with a replica awaited",
            found=sum(trial.lost for trial in confirmed),
            most=0,
            unit="",
        ),
        Bar(name="runs doubled", found=sum(t.doubled for t in trials), most=0, unit=""),
    ]


def section(trials: Sequence[Trial], *, machine: str) -> str:
    """Return the section of README.md that tells what was found."""
    return "\n\n".join(
        (
            f"Measured on {machine}.",
            "### The bars",
            "\n".join(bar_lines(bars(trials))),
            "### Each fault",
            "\n".join(_lines(trials)),
        )
    )


def _lines(trials: Sequence[Trial]) -> Iterator[str]:
    yield (
        "| the primary is | replica awaited | times | service again, median | worst | accepted"
        " | with a warning | refused | unknown | lost | lost with a warning | doubled | load |"
    )
    yield "|---|---|" + "--:|" * 11
    for fault in FAULTS:
        for is_confirmed in (True, False):
            chosen = [t for t in trials if t.fault == fault and t.is_confirmed is is_confirmed]
            if chosen:
                yield _line(FAULTS_IN_WORDS[fault], chosen, is_confirmed=is_confirmed)


def _line(fault: str, trials: Sequence[Trial], *, is_confirmed: bool) -> str:
    restored = [trial.restored_s for trial in trials]
    loads = [trial.load for trial in trials]
    counts = (
        sum(getattr(trial, name) for trial in trials)
        for name in (
            *("accepted", "unconfirmed", "refused", "unknown"),
            *("lost", "lost_unconfirmed", "doubled"),
        )
    )
    return (
        f"| {fault} | {'yes' if is_confirmed else 'no'} | {len(trials)}"
        f" | {statistics.median(restored):.1f} s | {max(restored):.1f} s | "
        + " | ".join(map(str, counts))
        + f" | {min(loads):.0f} to {max(loads):.0f} |"
    )
