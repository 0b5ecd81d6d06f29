"""What people type, made into what they meant. Pure.

Phones and macOS make quotes curly and `--` a dash. SQL inside quotes is left alone.
"""

import re
from collections.abc import Iterator

from odps_bot.sql.beginnings import STATEMENT_WORDS
from odps_bot.sql.statements import COMMENT

_CURLY = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u2033", '"')
    | dict.fromkeys("\u00a0\u202f\u3000", " ")
)

#: A quoted string with backslash escapes, a back-quoted name, a comment, what a phone made of
#: one (behind a space, or at the start of a line), or the text between them. An en dash is left
#: alone: it may be a minus. After a quote that is never closed only escaped ones follow, which do
#: not begin a string: their ends are not looked for again and again.
_PIECES = re.compile(
    rf"""
      (?P<quoted>(?<!\\)'(?:[^'\\]|\\.)*+' | (?<!\\)"(?:[^"\\]|\\.)*+" | `[^`]*`)
    | (?P<comment>{COMMENT})
    | (?P<dashed>(?:(?<!\S)\u2014(?=[^\S\r\n])|(?<![^\r\n])\u2014)[^\r\n]*)
    | (?P<plain>[^'"`/\-\u2014\u2018\u201c]+ | .)
    """,
    re.VERBOSE | re.DOTALL,
)

_FENCE = re.compile(r"\A```(?:sql|SQL)?[ \t]*\n?(?P<inside>.*?)\n?```\Z", re.DOTALL)

_QUOTED = re.compile(
    "\\A(?:'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"|\u2018(?P<curly>[^\u2018\u2019]*)\u2019"
    "|[\u201c\u201e](?P<curlies>[^\u201c\u201d\u201e]*)[\u201c\u201d])\\Z"
)


def normalize_sql(text: str) -> str:
    """Return the statement in `text`: out of its fence, with straight quotes and plain spaces."""
    return normalize_typography(strip_fence(text)).strip()


def strip_fence(text: str) -> str:
    """Return the text inside one pair of fences, backticks or quotes around everything."""
    text = text.strip()
    if found := _FENCE.match(text):
        return found["inside"]
    is_ticked = len(text) > 1 and text[0] == text[-1] == "`" and text.count("`") == 2  # noqa: PLR2004  -- the pair
    if is_ticked:
        return text[1:-1]
    found = _QUOTED.match(text)
    inside = found[found.lastgroup or 0] if found else ""
    is_statement = any(word.lower() in STATEMENT_WORDS for word in inside.split(maxsplit=1)[:1])
    return inside if is_statement else text


def normalize_typography(sql: str) -> str:
    """Make curly quotes, odd spaces and dashes plain outside of quoted text and comments."""
    return "".join(_normalized_pieces(sql))


def _normalized_pieces(sql: str) -> Iterator[str]:
    position = 0
    while position < len(sql):
        if sql[position] in "\u2018\u201c":
            # A literal between curly quotes: its own quotes become straight, its text stays.
            literal, position = _curly_literal(sql, position)
            yield literal
            continue
        found = _PIECES.match(sql, position)
        if found is None:  # pragma: no cover -- `.` takes whatever is left
            break
        piece = found[0]
        if found["dashed"] is not None:
            yield "--" + piece[1:]
        elif found["plain"] is not None:
            yield piece.translate(_CURLY)
        else:
            yield piece
        position += len(piece)


def _curly_literal(sql: str, start: int) -> tuple[str, int]:
    opening = sql[start]
    closing, straight = ("\u2019", "'") if opening == "\u2018" else ("\u201d", '"')
    end = sql.find(closing, start + 1)
    if end < 0:
        return straight, start + 1
    inside = sql[start + 1 : end]
    return straight + inside.replace(straight, "\\" + straight) + straight, end + 1
