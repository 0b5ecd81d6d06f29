"""Where statements of a SQL text begin and end. Pure.

Lexical rules: OdpsLexer.g4 of aliyun/aliyun-odps-java-sdk. Block comments are skipped, as most
official clients do; nothing but the choice of the script mode hangs on that.
"""

import re
from collections.abc import Iterator

BLANKS = " \t\r\n"

#: What a semicolon may hide in. A quoted text or a block comment may be cut off by the end.
_TOKEN = re.compile(
    r"""
      (?P<comment> --[^\r\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<quoted> '(?:[^'\\]|\\.)*+(?:'|\\?\Z) | "(?:[^"\\]|\\.)*+(?:"|\\?\Z) | `[^`]*+(?:`|\Z) )
    | (?P<semicolon> ; )
    | (?P<other> [^;'"`/-]++ | . )
    """,
    re.VERBOSE | re.DOTALL,
)

_SETTING = re.compile(r"set\s+([A-Za-z0-9._-]+)\s*=\s*(.*)", re.IGNORECASE | re.DOTALL)


def split_statements(sql: str) -> list[str]:
    """Return the statements, without comments and closing semicolons; empty ones are left out."""
    return [bare for bare, _ in _statements(sql) if bare]


def settings_in(sql: str) -> dict[str, str]:
    """Return the settings of all `set key=value;` statements, the last of each key."""
    found = (_SETTING.fullmatch(statement) for statement in split_statements(sql))
    return {match[1]: match[2].strip(BLANKS) for match in found if match}


def without_settings(sql: str, *, key: str | None = None) -> str:
    """Return the text without its `set key=value;` statements; the rest is as it was.

    With a `key`, in lower case, only those go that set it, however they write it.
    """
    rest = (text for bare, text in _statements(sql) if not _sets(bare, key))
    return "".join(rest).strip(BLANKS)


def _sets(statement: str, key: str | None) -> bool:
    found = _SETTING.fullmatch(statement)
    return found is not None and (key is None or found[1].lower() == key)


def is_script(sql: str) -> bool:
    """Return whether the text has more than one statement that is not a `set key=value`."""
    return len(split_statements(without_settings(sql))) > 1


def with_semicolon(sql: str) -> str:
    """Return the text with its last statement closed, however it ends."""
    stripped = sql.strip(BLANKS)
    last = "other"
    is_closed = False
    for kind, text in _tokens(stripped):
        last = kind
        if kind != "comment" and text.strip(BLANKS):
            is_closed = kind == "semicolon"
    if is_closed:
        return stripped
    # A semicolon behind a line comment would be a part of it.
    return stripped + ("\n;" if last == "comment" else ";")


def _statements(sql: str) -> Iterator[tuple[str, str]]:
    """Yield each statement bare, and as it stands with comments and its semicolon."""
    bare: list[str] = []
    whole: list[str] = []
    for kind, text in _tokens(sql):
        whole.append(text)
        if kind == "semicolon":
            yield "".join(bare).strip(BLANKS), "".join(whole)
            bare, whole = [], []
        else:
            bare.append(" " if kind == "comment" else text)
    yield "".join(bare).strip(BLANKS), "".join(whole)


def _tokens(sql: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(sql):
        yield match.lastgroup or "", match.group()
