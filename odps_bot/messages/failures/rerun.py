"""Whether to run a failed statement again. Pure."""

from odps_bot.messages.failures.catalogue import Failure, Rerun
from odps_bot.sql.classification import classify
from odps_bot.sql.statements import SqlText

RERUN_IN_WORDS = {
    Rerun.CAN_HELP: "Yes, in a few minutes. This is usually temporary.",
    Rerun.MAY_HELP: "Once. If it fails the same way again, something has to change.",
    Rerun.AFTER_CHANGE: "Only after a change. As it is, it will fail the same way.",
    Rerun.CANNOT_HELP: "No. Running it again won't help.",
    Rerun.UNSAFE: "Not without checking what it has changed: part of it may already have run.",
}


def advise_rerun(failure: Failure, codes: list[str], sql: str) -> Rerun:
    """Return whether to run `sql` again after a failure; `codes` are those of its error."""
    if failure.rerun in {Rerun.CANNOT_HELP, Rerun.UNSAFE}:
        return failure.rerun
    text = SqlText(sql).without_settings()
    count = len(text.statements)
    # Of a script, some statements may be done when another one turns out to be wrong.
    nothing_ran = count == 1 and (failure.is_before_run or _is_refused_early(codes))
    if count == 0 or nothing_ran or classify(text.text).is_safe_to_repeat:
        return failure.rerun
    return Rerun.UNSAFE


#: Codes of the compiler and of the API; what begins so is found before anything runs …
_EARLY = ("0130", "0140", "041", "042")
#: … but for files that fail, and functions that do what is forbidden.
_LATE = frozenset({"0130025", "0140171"})


def _is_refused_early(codes: list[str]) -> bool:
    return bool(codes) and codes[0].startswith(_EARLY) and _LATE.isdisjoint(codes)
