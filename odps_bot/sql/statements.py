"""Cut a SQL text, once: into statements, and these into code and what can hide a semicolon. Pure.

Lexical rules: OdpsLexer.g4 of aliyun/aliyun-odps-java-sdk. Block comments are skipped, as most
official clients do. Nothing is refused here: `odps_bot.sql.tokenizer` goes on within the code, and
raises where two readers would cut the text differently.
"""

import re
from collections.abc import Iterator
from enum import Enum, auto
from functools import cached_property
from typing import NamedTuple

from odps_bot.sql.settings import WHITESPACE, parse_setting


class PieceKind(Enum):
    """What a piece of a text is."""

    CODE = auto()
    COMMENT = auto()  #: to the end of its line or, a block, of the text where it is not closed
    STRING = auto()
    NAME = auto()  #: between back-ticks
    OPEN = auto()  #: a string or name that is not closed: all the rest of the text
    SEMICOLON = auto()  #: or several ones, with the spaces behind them


class Piece(NamedTuple):
    """A stretch of a text of one kind."""

    kind: PieceKind
    text: str
    offset: int  #: in characters


#: For a verbose pattern.
COMMENT = r"--[^\r\n]*+ | /\*.*?(?:\*/|\Z)"
_PIECE = re.compile(
    rf"""
      (?P<CODE> (?: [^;'"`/-]++ | /(?!\*) | -(?!-) )++ )
    | (?P<COMMENT> {COMMENT} )
    | (?P<STRING> '(?:[^'\\]|\\.)*+' | "(?:[^"\\]|\\.)*+" )
    | (?P<NAME> `(?:[^`]|``)*+` )
    | (?P<OPEN> ['"`].* )
    | (?P<SEMICOLON> ;[ \t\r\n;]*+ )
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS = {kind.name: kind for kind in PieceKind}


class Statement:
    """What stands up to a semicolon, with it."""

    __slots__ = ("bare", "pieces", "setting")

    def __init__(self, pieces: tuple[Piece, ...]) -> None:
        self.pieces = pieces
        texts = [" " if kind is PieceKind.COMMENT else text for kind, text, _ in pieces]
        if self.is_closed:
            texts.pop()
        #: Without comments and semicolon; empty where there is nothing else.
        self.bare = "".join(texts).strip(WHITESPACE)
        #: What it sets, if it is a `set key=value`.
        self.setting = parse_setting(self.bare)

    @property
    def start(self) -> int:
        """Where it begins, right behind the semicolon before it."""
        return self.pieces[0].offset

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.pieces[-1].offset + len(self.pieces[-1].text)

    @property
    def is_closed(self) -> bool:
        """Whether it ends with a semicolon."""
        return self.pieces[-1].kind is PieceKind.SEMICOLON


class SqlText:
    """A text, which is cut when something about it is asked first, and then no more."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def parts(self) -> tuple[Statement, ...]:
        """All statements, those that set something among them; empty ones are left out."""
        return tuple(statement for statement in cut(self.text) if statement.bare)

    @property
    def statements(self) -> list[str]:
        """The statements that set nothing, without comments and semicolons."""
        return [part.bare for part in self.parts if part.setting is None]

    @property
    def settings(self) -> dict[str, str]:
        """What is set by all `set key=value;` statements, the last of each key."""
        return {part.setting.key: part.setting.value for part in self.parts if part.setting}

    @property
    def is_script(self) -> bool:
        """Whether there is more than one statement that sets nothing."""
        return len(self.statements) > 1

    @property
    def closed(self) -> str:
        """The text with its last statement closed, however it ends."""
        stripped = self.text.strip(WHITESPACE)
        if not self.parts:
            return stripped + ("\n;" if stripped else ";")
        last = self.parts[-1]
        if last.is_closed:
            return stripped
        shown = [piece for piece in last.pieces if piece.text.strip(WHITESPACE)]
        # A semicolon behind a line comment would be a part of it.
        return stripped + ("\n;" if shown[-1].kind is PieceKind.COMMENT else ";")

    def without_settings(self, *, key: str | None = None) -> "SqlText":
        """Return the text without its `set key=value;` statements; the rest is as it was.

        With a `key`, in lower case, only those go that set it, however they write it.
        """
        kept, at = [], 0
        for part in self.parts:
            if part.setting and key in {None, part.setting.key.lower()}:
                kept.append(self.text[at : part.start])
                at = part.end
        return SqlText("".join((*kept, self.text[at:])).strip(WHITESPACE)) if kept else self


def cut(sql: str) -> Iterator[Statement]:
    """Yield all statements in their order, and what stands behind the last semicolon."""
    pieces: list[Piece] = []
    for found in _PIECE.finditer(sql):
        kind = _KINDS[found.lastgroup or ""]
        pieces.append(Piece(kind, found[0], found.start()))
        if kind is PieceKind.SEMICOLON:
            yield Statement(tuple(pieces))
            pieces = []
    if pieces:
        yield Statement(tuple(pieces))
