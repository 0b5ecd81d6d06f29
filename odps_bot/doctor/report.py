"""The doctor's findings, for people and for scripts, without secrets."""

import json
from collections.abc import Callable, Iterable, Iterator

from odps_bot.doctor.finding import Finding, Verdict

Hide = Callable[[str], str]


def as_text(findings: Iterable[Finding], *, hide: Hide) -> Iterator[str]:
    """Yield a line for each finding, and one below it that says how to mend it."""
    for finding in findings:
        yield hide(f"{finding.verdict:<8} {finding.subject}: {finding.says}")
        if finding.remedy:
            yield hide(f"         → {finding.remedy}")


def as_json_lines(findings: Iterable[Finding], *, hide: Hide) -> Iterator[str]:
    """Yield an object for each finding."""
    for finding in findings:
        yield json.dumps(
            {
                "subject": hide(finding.subject),
                "verdict": finding.verdict,
                "says": hide(finding.says),
                "remedy": hide(finding.remedy),
            },
            ensure_ascii=False,
        )


def exit_status(findings: Iterable[Finding]) -> int:
    """Return 1 when something must be mended, else 0."""
    return int(any(finding.verdict is Verdict.FAILED for finding in findings))
