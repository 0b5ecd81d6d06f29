"""Whether to run a failed statement again. Pure."""

import re

from odps_bot.maxcompute.statements import split_statements, without_settings
from odps_bot.messages.failures.catalogue import Failure, Rerun

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
    statements = split_statements(without_settings(sql))
    # Of a script, some statements may be done when another one turns out to be wrong.
    nothing_ran = len(statements) == 1 and (failure.is_before_run or _is_refused_early(codes))
    if nothing_ran or all(map(_is_repeatable, statements)):
        return failure.rerun
    return Rerun.UNSAFE


#: Codes of the compiler and of the API; what begins so is found before anything runs …
_EARLY = ("0130", "0140", "041", "042")
#: … but for files that fail, and functions that do what is forbidden.
_LATE = frozenset({"0130025", "0140171"})


def _is_refused_early(codes: list[str]) -> bool:
    return bool(codes) and codes[0].startswith(_EARLY) and _LATE.isdisjoint(codes)


_QUOTED = re.compile(r"""(?<!\\)'(?:[^'\\]|\\.)*+'|(?<!\\)"(?:[^"\\]|\\.)*+"|`[^`]*+`""", re.DOTALL)
_WORD = re.compile("[A-Za-z_]+")
_READING = frozenset({"select", "with", "from", "desc", "describe", "show", "explain", "values"})

#: What changes something each time it runs, or may.
_CHANGING = frozenset(
    _WORD.findall(
        "add alter analyze begin call clone create delete drop execute export grant import into"
        " kill load merge msck pai purge refresh rename restore revoke transform truncate undo"
        " unload update upsert"
    )
)


def _is_repeatable(statement: str) -> bool:
    """Return whether a statement surely comes to the same when it is done twice.

    A read, or `INSERT OVERWRITE`; it says no to harmless ones. It advises people and decides
    nothing: what is sent again is for `odps_bot.policy` to say.
    """
    words = [word.lower() for word in _WORD.findall(_QUOTED.sub(" ", statement))]
    if not words or not _CHANGING.isdisjoint(words):
        return False
    inserts = [n for n, word in enumerate(words) if word == "insert"]
    if any(words[n + 1 : n + 2] != ["overwrite"] for n in inserts):
        return False
    return words[0] in _READING or bool(inserts)
