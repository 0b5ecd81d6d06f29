"""What people type, made into what they meant. Pure.

Telephones and macOS make quotes curly and `--` a dash. SQL inside quotes is left alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from odps_bot.input.sql_words import SQL_WORDS

_CURLY = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201a": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u2033": '"',
        "\u00a0": " ",
        "\u202f": " ",
        "\u3000": " ",
    }
)

#: A quoted string with backslash escapes, a back-quoted name, a comment, what a phone made of one,
#: or the text between them. An en dash is left alone: it may stand for a minus. After a quote that
#: is never closed only escaped ones follow, which don't start a string, so their ends aren't
#: searched for again and again.
_PIECES = re.compile(
    r"""
      (?P<quoted>(?<!\\)'(?:[^'\\]|\\.)*+' | (?<!\\)"(?:[^"\\]|\\.)*+" | `[^`]*`)
    | (?P<comment>--[^\r\n]* | /\*.*?(?:\*/|\Z))
    | (?P<dashed>(?<!\S)\u2014(?=[^\S\r\n])[^\r\n]*)
    | (?P<plain>[^'"`/\-\u2014\u2018\u201c]+ | .)
    """,
    re.VERBOSE | re.DOTALL,
)

_FENCE = re.compile(r"\A```(?:sql|SQL)?[ \t]*\n?(?P<inside>.*?)\n?```\Z", re.DOTALL)

_QUOTED = re.compile(
    "\\A(?:'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"|\u2018(?P<curly>[^\u2018\u2019]*)\u2019"
    "|[\u201c\u201e](?P<curlies>[^\u201c\u201d\u201e]*)[\u201c\u201d])\\Z"
)

_OPTION = re.compile(
    "\\A(?P<typed>(?:--|[\u2014\u2013]|-)(?P<name>[A-Za-z][A-Za-z-]*))(?:[ \\t]*=[ \\t]*|\\s+|\\Z)"
)
_VALUE = re.compile(
    "\\A(?:'(?P<straight>[^']*)'|\"(?P<double>[^\"]*)\"|`(?P<back>[^`]*)`"
    "|\u2018(?P<curly>[^\u2019]*)\u2019|[\u201c\u201e](?P<curlies>[^\u201c\u201d]*)[\u201c\u201d]"
    "|(?P<word>\\S+))(?:\\s+|\\Z)"
)
_WORD = re.compile(r"\A(?P<word>\S+)(?:\s+|\Z)")


def split_word(text: str) -> tuple[str, str]:
    """Return the first word and the rest."""
    found = _WORD.match(text.lstrip())
    if not found:
        return "", ""
    return found["word"], text.lstrip()[found.end() :]


@dataclass(frozen=True, kw_only=True)
class TypedOption:
    """An option at the head of a text, and what follows it."""

    name: str  #: in lower case, without dashes
    value: str | None  #: None: nothing follows
    rest: str
    typed: str  #: the name as it was typed


def next_option(text: str) -> TypedOption | None:
    """Return the option at the head of `text`, or None.

    `--project P`, `--project=P`, `-p P`, `-p 'P'` and what telephones make of them are the same.
    `-- text` is a comment.
    """
    found = _OPTION.match(text.lstrip())
    if not found:
        return None
    behind = text.lstrip()[found.end() :]
    value = _VALUE.match(behind)
    return TypedOption(
        name=found["name"].lower(),
        value=None if value is None else value[value.lastgroup or 0],
        rest="" if value is None else behind[value.end() :],
        typed=found["typed"],
    )


def take_option(text: str, *names: str) -> tuple[str | None, str]:
    """Return the value of an option at the head of `text`, and the rest."""
    option = next_option(text)
    if option is None or option.name not in names:
        return None, text
    return option.value or "", option.rest


def clean_sql(text: str) -> str:
    """Return the statement in `text`: out of its fence, with straight quotes and real blanks."""
    return straighten(unfence(text)).strip()


def has_statement(sql: str) -> bool:
    """Return whether there is more in `sql` than comments, blanks and semicolons."""
    pieces = _PIECES.finditer(sql)
    return any(piece["comment"] is None and piece[0].strip("; \t\r\n") for piece in pieces)


def unfence(text: str) -> str:
    """Return what stands between one pair of fences, back-ticks or quotes around everything."""
    text = text.strip()
    if found := _FENCE.match(text):
        return found["inside"]
    is_ticked = len(text) > 1 and text[0] == text[-1] == "`" and text.count("`") == 2  # noqa: PLR2004  -- the pair
    if is_ticked:
        return text[1:-1]
    found = _QUOTED.match(text)
    inside = found[found.lastgroup or 0] if found else ""
    first, _ = split_word(inside)
    return inside if first.lower() in SQL_WORDS else text


def straighten(sql: str) -> str:
    """Make curly quotes, odd blanks and dashes plain outside of quoted text and comments."""
    return "".join(_straightened(sql))


def _straightened(sql: str) -> Iterator[str]:
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
