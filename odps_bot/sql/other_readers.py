"""What readers by other rules find in comments and back-ticks. Pure.

A text is sent as one, and MaxCompute reads it whole. Not all readers agree on where it is cut:

- OdpsLexer.g4 of aliyun/aliyun-odps-java-sdk has no block comments (a division and a star are a
  syntax error), and takes a full-width semicolon for one; odpscmd's splitter has neither block
  comments nor back-ticks (RawStringCommandSplitter.java of aliyun/aliyun-odps-console). To them a
  semicolon in there ends a statement.
- PyODPS (`split_sql_by_semicolon` of odps/utils.py) knows both, and cuts as we do.
- Python's own `splitlines`, editors and terminals end lines at characters such as U+2028, where to
  all of the above a line comment goes on.

So what stands behind such a semicolon or end of a line must do no harm if it is read as code.
"""

import re

from odps_bot.sql.keywords import VERBS, WRITING, look_alikes, words

_SEMICOLON = re.compile("[;\uff1b]")

#: Behind brackets and comments. To some, `#` begins a comment, to others code.
_FIRST_WORD = re.compile(r"(?:[\s(]++|--[^\r\n]*+)*+([^\W\d_]+|[@#$])?")

_OTHER_BEGINNINGS = ("@", "#", "$")
_WORD = re.compile(r"\w+")

#: Ends of lines and of texts to some readers, not to others.
_ODD_LINE_END = re.compile("[\0\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")

#: Nothing that calls, quotes, names a member, or ends anything; spaces are those of everybody.
_PROSE = re.compile("(?:[^\\W_]|[ \\t,\uff0c\u3002\u3001\uff1f\uff01\uff1a?!=+-]|[.:](?![\\w`]))*+")

#: These make something else of a query, wherever they stand in it.
_CHANGING = WRITING | words("begin function loop map reduce transform using")


def statements_behind_semicolons(text: str) -> list[str]:
    """Return what is a statement to those to whom a semicolon in `text` is one.

    `text` is a block comment or a name in back-ticks. Of prose nobody makes a statement: no grammar
    has one that begins with another word than `VERBS`, and it stands behind a syntax error.
    """
    pieces = _SEMICOLON.split(text)[1:]
    return [piece.removesuffix("*/").removesuffix("`") for piece in pieces if _may_begin(piece)]


def may_end_early(comment: str, *, is_of_setting: bool = False) -> bool:
    """Return whether a line comment may hold code to those who let it end at an odd line end.

    A setting takes anything for a part of its value.
    """
    rest = _ODD_LINE_END.split(comment)[1:]
    return any(is_of_setting or _may_be_code(line) for line in rest)


def _may_begin(piece: str) -> bool:
    found = _FIRST_WORD.match(piece)
    word = found[1] if found else None
    return word is not None and (word in _OTHER_BEGINNINGS or not VERBS.isdisjoint(_as_read(word)))


def _may_be_code(line: str) -> bool:
    if not _PROSE.fullmatch(line) or _may_begin(line):
        return True
    return any(not _CHANGING.isdisjoint(_as_read(word)) for word in _WORD.findall(line))


def _as_read(word: str) -> set[str]:
    return {word.lower()} if word.isascii() else look_alikes(word)
