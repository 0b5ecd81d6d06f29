"""SQL in a message that somebody wrote. Pure.

What is taken for the statement is all of the message's code, or nothing: a part of a statement may
do what the whole was written to prevent.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from odps_bot.input.options import split_word
from odps_bot.input.slack_message.pieces import Message, Piece, has_unread_code, pieces_of
from odps_bot.input.slack_message.prose_around_code import could_belong, wants_more
from odps_bot.input.sql_input import normalize_sql
from odps_bot.input.verbs import split_verb
from odps_bot.sql.beginnings import STATEMENT_WORDS, first_word, has_statement, looks_like_sql

#: Code in the midst of SQL is a quoted name if it looks like one.
_NAME = re.compile(r"\w+\Z")


#: What continues a statement whose first word is one of these.
_PARTS = {
    "select": {"create", "explain", "from", "insert", "with"},
    "with": {"create", "explain", "insert"},
    "set": {"alter", "merge", "update"},
}


class Trouble(Enum):
    """Why a message's statement is not known."""

    SEVERAL = "several"  #: there is more code than one statement
    BESIDE = "beside"  #: prose beside the code could belong to its statement
    ELSEWHERE = "elsewhere"  #: there is code where none is read
    UNREADABLE = "unreadable"  #: what was typed is not known


@dataclass(frozen=True, kw_only=True)
class SqlInMessage:
    """What is most probably the statement in a message."""

    sql: str = ""  #: empty where there is none, and in case of trouble
    trouble: Trouble | None = None
    has_sql: bool = False  #: some code looks like SQL, whether it is the statement or not
    code_count: int = 0  #: pieces of code, in case of several ones


@dataclass(frozen=True, kw_only=True)
class _Code:
    """Pieces of code that only spaces, line ends or styles part, and the prose around them."""

    pieces: Sequence[Piece]
    before: str
    behind: str

    @property
    def sql(self) -> str:
        return normalize_sql("".join(piece.text for piece in self.pieces))

    @property
    def is_exact(self) -> bool:
        return all(piece.is_exact for piece in self.pieces)

    @property
    def could_go_on(self) -> bool:
        return could_belong(
            self.sql,
            before=self.before,
            behind=self.behind,
            is_before_block=self.pieces[0].is_fenced,
            is_behind_block=self.pieces[-1].is_fenced,
        )

    @property
    def statement_count(self) -> int:
        """How many statements are in separate pieces of code that nothing joins."""
        count, begun_with, previous = 1, "", ""
        for chunk in filter(str.strip, self._chunks()):
            word = first_word(chunk)
            if begun_with and not previous.rstrip().endswith(";"):
                goes_on = begun_with in _PARTS.get(word, ()) or wants_more(previous)
                if word in STATEMENT_WORDS - {"from"} and not goes_on:
                    count, begun_with = count + 1, word
            elif word in STATEMENT_WORDS:
                begun_with = word
            previous = chunk
        return count

    def _chunks(self) -> Iterator[str]:
        chunk = ""
        for piece in self.pieces:
            if piece.is_code or not piece.text:
                chunk += piece.text
            else:
                yield chunk
                chunk = ""
        yield chunk

    @property
    def is_name(self) -> bool:
        return bool(_NAME.match(self.sql)) and not any(p.is_fenced for p in self.pieces)


def sql_in(message: Message) -> SqlInMessage:
    """Return the code of a message if it is one stretch of code, else all of a message of SQL.

    Code that only spaces, line ends or styles part is one stretch, unless each part of it is a
    statement of its own.
    """
    pieces = pieces_of(message)
    codes = [code for code in _codes_in(pieces) if has_statement(code.sql) or not code.is_exact]
    has_sql = any(looks_like_sql(code.sql) for code in codes)
    if has_unread_code(message):
        return SqlInMessage(trouble=Trouble.ELSEWHERE, has_sql=has_sql)
    everything = _without_verb("".join(map(_as_typed, pieces)))
    is_all_sql = not has_sql and looks_like_sql(everything) and all(c.is_name for c in codes)
    if not codes or is_all_sql:
        return _if_exact(everything, pieces, has_sql=looks_like_sql(everything))
    count = sum(code.statement_count for code in codes)
    if count > 1:
        return SqlInMessage(trouble=Trouble.SEVERAL, has_sql=has_sql, code_count=count)
    (code,) = codes
    is_part = looks_like_sql(everything) and not has_sql
    if is_part or code.could_go_on:
        return SqlInMessage(trouble=Trouble.BESIDE, has_sql=has_sql)
    # A back-tick that is left over belongs to code of which the other end is not known.
    if any("`" in piece.text for piece in pieces if not piece.is_code):
        return SqlInMessage(trouble=Trouble.UNREADABLE, has_sql=has_sql)
    return _if_exact(code.sql, code.pieces, has_sql=has_sql)


def _codes_in(pieces: Sequence[Piece]) -> Iterator[_Code]:
    gap: list[Piece] = []
    taken: list[Piece] = []
    before = ""
    for piece in pieces:
        if not piece.is_code:
            gap.append(piece)
            continue
        if taken and all(part.is_blank for part in gap):
            taken += [_gap(gap, taken[-1], piece), piece]
        else:
            prose = _text(gap)
            if taken:
                yield _Code(pieces=taken, before=before, behind=prose)
            taken, before = [piece], prose
        gap = []
    if taken:
        yield _Code(pieces=taken, before=before, behind=_text(gap))


def _text(pieces: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def _gap(gap: Sequence[Piece], before: Piece, behind: Piece) -> Piece:
    """Return what parts two pieces of code; blocks of code are lines of their own."""
    typed = _text(gap)
    spaces = "".join(char for char in typed if char.isspace())
    if (before.is_fenced or behind.is_fenced) and "\n" not in spaces:
        spaces = "\n"
    # Whether something invisible parts words cannot be known.
    return Piece(text=spaces, is_code=False, is_exact=bool(spaces) or not typed)


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
    return normalize_sql(rest if is_command else text)
