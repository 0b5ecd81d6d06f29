"""Why a statement failed, as a person wants to know it: the cause, what to try, run again or not.

Pure. What is known of failures stands in `odps_bot.messages.failure_catalogue`.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from odps_bot.messages.failure_catalogue import (
    BY_CLASS,
    BY_CODE,
    BY_WORDS,
    UNKNOWN,
    WRAPPERS,
    Failure,
    Rerun,
)
from odps_bot.operations.logs import hide_secrets
from odps_bot.sql.classification import classify
from odps_bot.sql.excerpt import Position, find_position
from odps_bot.sql.statements import SqlText

__all__ = ["Explanation", "Rerun", "explain", "own_words"]

#: So much of an error is read.
READ_CHARACTERS = 8_000

#: So much of it is shown.
SHOWN_CHARACTERS = 1_500
SHOWN_LINES = 12

RERUN_IN_WORDS = {
    Rerun.CAN_HELP: "Yes: this often passes by itself. Give it a few minutes.",
    Rerun.MAY_HELP: "Once, perhaps: if it fails in the same way again, something must change.",
    Rerun.AFTER_CHANGE: "Only after a change: as it is, it fails the same way.",
    Rerun.CANNOT_HELP: "No: repeating it does not help.",
    Rerun.UNSAFE: "Not blindly: a part of it may have been done already. Look at what it changes"
    " first; running it again may do that twice.",
}


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What can be said of a failure; `likely_cause` and `what_to_try` are mrkdwn of ours."""

    code: str | None  #: such as ``ODPS-0130131``
    title: str
    likely_cause: str
    what_to_try: str
    rerun: Rerun
    position: Position | None  #: in the person's SQL
    is_known: bool  #: False: only the kind of its code is

    @property
    def rerun_in_words(self) -> str:
        """Return whether to run it again, as a sentence."""
        return RERUN_IN_WORDS[self.rerun]


def explain(error_text: str, *, sql: str) -> Explanation:
    """Explain what MaxCompute said of `sql`, whatever it said. Raises nothing.

    Of several errors the first one counts, and of an error inside another one the inner.
    """
    text = error_text[:READ_CHARACTERS]
    error = _first_error(text)
    codes = _CODE.findall(error)
    failure = _find(error, codes)
    return Explanation(
        code=f"ODPS-{_telling(codes)}" if codes else None,
        title=failure.title,
        likely_cause=failure.cause,
        what_to_try=failure.remedy,
        rerun=_rerun(failure, codes, sql),
        position=find_position(error, sql=sql),
        is_known=failure is not UNKNOWN and failure not in BY_CLASS.values(),
    )


def own_words(error_text: str, *, limit: int = SHOWN_CHARACTERS) -> str:
    """Return MaxCompute's message without secrets, request ids and addresses, cut; plain text.

    `limit` is in characters.
    """
    text = hide_secrets(error_text[:READ_CHARACTERS])
    for pattern, instead in _TRIMMED:
        text = pattern.sub(instead, text)
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    shown = "\n".join(lines[:SHOWN_LINES]).strip()
    if len(shown) > limit or len(lines) > SHOWN_LINES:
        shown = shown[: limit - 1].rstrip() + "…"
    return shown


_CODE = re.compile(r"ODPS[-_](\d{7})", re.IGNORECASE)
_LINE_OF_ERROR = re.compile(r"^[ \t]{0,9}(?:FAILED: ?)?(?=ODPS-\d{7} ?:)", re.MULTILINE)

#: A head that clients put before the errors of an instance.
_HEAD = re.compile(r"^[ \t]{0,9}(?:FAILED: ?)?ODPS-\d{7} ?: ?InstanceId ?: ?\w+\s*", re.MULTILINE)

_TRIMMED = (
    (_HEAD, ""),
    (re.compile(r"https?://\S+"), "(address)"),
    (re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?![\d.])"), "(address)"),
    (
        re.compile(
            r"[,;(\[]?[ \t]{0,3}\b(?:request[ _]?id|host[ _]?id|context[ _]?id|trace[ _]?id)"
            r"[ \t]{0,3}[:=]?[ \t]{0,3}[0-9A-Za-z-]{8,}[)\]]?[.;,]?|, request [0-9A-Za-z-]+(?=\))",
            re.IGNORECASE,
        ),
        "",
    ),
)


def _first_error(text: str) -> str:
    """Return the first of several errors, each of which begins a line with its code."""
    starts = [match.start() for match in _LINE_OF_ERROR.finditer(text)]
    pieces = [text[start:end] for start, end in pairwise([*starts, len(text)])]
    for number, piece in enumerate(pieces):
        if _HEAD.fullmatch(piece):
            continue
        # What ends with a colon goes on with an error inside it.
        return "".join(pieces[number:]) if piece.rstrip().endswith(":") else piece
    return text


def _find(error: str, codes: list[str]) -> Failure:
    for failure in BY_WORDS:
        wanted = failure.codes.split()
        is_of_code = not wanted or not set(wanted).isdisjoint(codes)
        if is_of_code and re.search(failure.says, error, re.IGNORECASE | re.DOTALL):
            return failure
    if not codes:
        return UNKNOWN
    code = _telling(codes)
    if code in BY_CODE:
        return BY_CODE[code]
    return next((BY_CLASS[code[:n]] for n in (3, 2) if code[:n] in BY_CLASS), UNKNOWN)


def _telling(codes: list[str]) -> str:
    """Return the code that tells most: the first one that is not shared by many failures."""
    return next((code for code in codes if code not in WRAPPERS), codes[0])


def _rerun(failure: Failure, codes: list[str], sql: str) -> Rerun:
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
