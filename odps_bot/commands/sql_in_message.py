"""SQL in a message that somebody wrote. Pure.

What is taken for the statement is all of the message's code, or nothing: a part of a statement may
do what the whole was written to prevent.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from odps_bot.commands.message_pieces import Message, Piece, has_unread_code, pieces_of
from odps_bot.commands.sql_words import SQL_WORDS
from odps_bot.commands.typed_text import clean_sql, has_statement, split_word
from odps_bot.commands.verbs import split_verb

_SETTING_OR_COMMENT = re.compile(
    r"\A(?:\s|--[^\n]*\n|/\*.*?\*/|set\s[^;]*;)*+", re.IGNORECASE | re.DOTALL
)
_FIRST_WORD = re.compile(r"\A[(\s]*(?P<word>[a-z]+)\b", re.IGNORECASE)

#: Prose behind code that goes on like this belongs to the statement.
_GOES_ON = re.compile(
    r"\A\s*(?:where|having|limit|partition|(?:group|order|cluster|distribute)\s+by|union|join|values"
    r"|(?:left|right|inner|full|cross)\s+(?:outer\s+)?join)\b|\A\s*[=<>]",
    re.IGNORECASE,
)

#: Code in the midst of SQL is a quoted name if it looks like one.
_NAME = re.compile(r"\w+\Z")


class Trouble(Enum):
    """Why a message's statement is not known."""

    LEFT_OUT = "left out"  #: there is more code than what would be taken
    UNREADABLE = "unreadable"  #: what was typed is not known


@dataclass(frozen=True, kw_only=True)
class SqlInMessage:
    """What is most probably the statement in a message."""

    sql: str = ""  #: empty where there is none, and in case of trouble
    trouble: Trouble | None = None
    has_sql: bool = False  #: some code looks like SQL, whether it is the statement or not


@dataclass(frozen=True, kw_only=True)
class _Code:
    """Pieces of code that only blanks, line ends or styles part, and what follows them."""

    pieces: Sequence[Piece]
    behind: str

    @property
    def sql(self) -> str:
        return clean_sql("".join(piece.text for piece in self.pieces))

    @property
    def is_exact(self) -> bool:
        return all(piece.is_exact for piece in self.pieces)

    @property
    def goes_on(self) -> bool:
        """Whether what follows it reads like the rest of a statement."""
        return not self.pieces[-1].is_fenced and bool(_GOES_ON.match(self.behind))

    @property
    def is_name(self) -> bool:
        return bool(_NAME.match(self.sql)) and not any(p.is_fenced for p in self.pieces)


def looks_like_sql(text: str) -> bool:
    """Return whether the text begins as statements do; prose may, too."""
    found = _FIRST_WORD.match(_SETTING_OR_COMMENT.sub("", text))
    return bool(found and found["word"].lower() in SQL_WORDS)


def sql_in(message: Message) -> SqlInMessage:
    """Return the code of a message if it is one stretch of code, else all of a message of SQL.

    Code that only blanks, line ends or styles part is one stretch.
    """
    pieces = pieces_of(message)
    codes = [code for code in _codes_in(pieces) if has_statement(code.sql) or not code.is_exact]
    has_sql = any(looks_like_sql(code.sql) for code in codes)
    if has_unread_code(message):
        return SqlInMessage(trouble=Trouble.LEFT_OUT, has_sql=has_sql)
    everything = _without_verb("".join(map(_as_typed, pieces)))
    is_all_sql = not has_sql and looks_like_sql(everything) and all(c.is_name for c in codes)
    if not codes or is_all_sql:
        return _if_exact(everything, pieces, has_sql=looks_like_sql(everything))
    if len(codes) > 1:
        return SqlInMessage(trouble=Trouble.LEFT_OUT, has_sql=has_sql)
    (code,) = codes
    is_part = looks_like_sql(everything) and not has_sql
    if is_part or code.goes_on:
        return SqlInMessage(trouble=Trouble.LEFT_OUT, has_sql=has_sql)
    # A back-tick that is left over belongs to code of which the other end is not known.
    if any("`" in piece.text for piece in pieces if not piece.is_code):
        return SqlInMessage(trouble=Trouble.UNREADABLE, has_sql=has_sql)
    return _if_exact(code.sql, code.pieces, has_sql=has_sql)


def _codes_in(pieces: Sequence[Piece]) -> list[_Code]:
    codes: list[_Code] = []
    taken: list[Piece] = []
    gap: list[Piece] = []
    for piece in pieces:
        if piece.is_code:
            taken += [_gap(gap, taken[-1], piece), piece] if taken else [piece]
            gap = []
        elif piece.is_blank or not taken:
            gap.append(piece)
        else:
            codes.append(_Code(pieces=taken, behind=piece.text))
            taken, gap = [], []
    return [*codes, _Code(pieces=taken, behind="")] if taken else codes


def _gap(gap: Sequence[Piece], before: Piece, behind: Piece) -> Piece:
    """Return what parts two pieces of code; blocks of code are lines of their own."""
    blanks = "".join(char for piece in gap for char in piece.text if char.isspace())
    is_block = before.is_fenced or behind.is_fenced
    return Piece(text="\n" if is_block and "\n" not in blanks else blanks, is_code=False)


def _if_exact(sql: str, pieces: Sequence[Piece], *, has_sql: bool) -> SqlInMessage:
    if all(piece.is_exact for piece in pieces):
        return SqlInMessage(sql=sql, has_sql=has_sql)
    return SqlInMessage(trouble=Trouble.UNREADABLE, has_sql=has_sql)


def _as_typed(piece: Piece) -> str:
    return f"`{piece.text}`" if piece.is_code and not piece.is_fenced else piece.text


def _without_verb(text: str) -> str:
    """Return the statement of what was typed as a command: `/odps run select 1`."""
    verb, rest = split_verb(text)
    first, _ = split_word(text)
    is_command = verb.lower() == "run" and (first != verb or looks_like_sql(rest))
    return clean_sql(rest if is_command else text)
