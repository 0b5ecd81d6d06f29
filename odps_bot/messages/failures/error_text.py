"""MaxCompute's own message: what of it is read, and what of it is shown. Pure."""

import re
from itertools import pairwise

from odps_bot.maxcompute.error_documents import read_error_text
from odps_bot.operations.logs import hide_secrets

#: So much of an error is read.
READ_CHARACTERS = 8_000

#: So much of it is shown.
SHOWN_CHARACTERS = 1_500
SHOWN_LINES = 12


def own_words(error_text: str, *, limit: int = SHOWN_CHARACTERS) -> str:
    """Return MaxCompute's message without secrets, request ids and addresses, cut; plain text.

    `limit` is in characters.
    """
    text = hide_secrets(read_error_text(error_text[:READ_CHARACTERS]).text)
    for pattern, instead in _TRIMMED:
        text = pattern.sub(instead, text)
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    shown = "\n".join(lines[:SHOWN_LINES]).strip()
    if len(shown) > limit or len(lines) > SHOWN_LINES:
        shown = shown[: limit - 1].rstrip() + "…"
    return shown


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


def first_error(error_text: str) -> str:
    """Return the first of several errors, each of which begins a line with its code."""
    text = read_error_text(error_text).text
    starts = [match.start() for match in _LINE_OF_ERROR.finditer(text)]
    pieces = [text[start:end] for start, end in pairwise([*starts, len(text)])]
    for number, piece in enumerate(pieces):
        if _HEAD.fullmatch(piece):
            continue
        # What ends with a colon goes on with an error inside it.
        return "".join(pieces[number:]) if piece.rstrip().endswith(":") else piece
    return text
