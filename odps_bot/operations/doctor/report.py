"""The doctor's findings, for people and for scripts, without secrets."""

import json
from collections.abc import Callable, Iterable, Iterator

from odps_bot.operations.doctor.finding import Finding, Verdict

Hide = Callable[[str], str]


def as_text(findings: Iterable[Finding], *, hide: Hide) -> Iterator[str]:
    """Yield a line for each finding, and one below it with the remedy."""
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


def summary(findings: Iterable[Finding]) -> Finding:
    """Return the last line: the number of findings by verdict, and what has to be fixed."""
    found = list(findings)
    by_verdict = {v: [f.subject for f in found if f.verdict is v] for v in Verdict}
    counts = []
    for verdict in (Verdict.FAILED, Verdict.WARNING, Verdict.OK, Verdict.UNTRIED):
        if subjects := by_verdict[verdict]:
            is_plural = verdict is Verdict.WARNING and len(subjects) > 1
            is_named = verdict in {Verdict.FAILED, Verdict.WARNING}
            names = f" ({', '.join(dict.fromkeys(subjects))})" if is_named else ""
            counts.append(f"{len(subjects)} {verdict}{'s' if is_plural else ''}{names}")
    worst = next((v for v in (Verdict.FAILED, Verdict.WARNING) if by_verdict[v]), Verdict.OK)
    return Finding("summary", worst, "; ".join(counts))


def exit_status(findings: Iterable[Finding]) -> int:
    """Return 1 if something has to be fixed, otherwise 0."""
    return int(any(finding.verdict is Verdict.FAILED for finding in findings))
