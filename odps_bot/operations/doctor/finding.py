"""What one check has found."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How well something is."""

    OK = "ok"
    UNTRIED = "untried"  #: it cannot be proven without changing something
    WARNING = "warning"  #: it works, but worse or less safely than it could
    FAILED = "failed"  #: the bot, or a part of it, does not work


@dataclass(frozen=True)
class Finding:
    """A line of the report. `says` is what and why, `remedy` how to fix it."""

    subject: str  #: such as ``redis eviction``
    verdict: Verdict
    says: str
    remedy: str = ""


def ok(subject: str, says: str) -> Finding:
    """Return what is well."""
    return Finding(subject, Verdict.OK, says)


def untried(subject: str, says: str, remedy: str) -> Finding:
    """Return what could not be proven, and how a person can."""
    return Finding(subject, Verdict.UNTRIED, says, remedy)


def warning(subject: str, says: str, remedy: str) -> Finding:
    """Return what could be better."""
    return Finding(subject, Verdict.WARNING, says, remedy)


def failed(subject: str, says: str, remedy: str) -> Finding:
    """Return what has to be fixed."""
    return Finding(subject, Verdict.FAILED, says, remedy)


def graded(subject: str, says: str, remedy: str, *, is_warning: bool, is_failed: bool) -> Finding:
    """Return how well something is by what was measured."""
    if is_failed:
        return failed(subject, says, remedy)
    return warning(subject, says, remedy) if is_warning else ok(subject, says)
