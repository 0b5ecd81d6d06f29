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


class Kind(Enum):
    """What a token is. The tokenizer puts those of the second half into the place of CODE."""

    CODE = auto()
    COMMENT = auto()  #: to the end of its line or, a block, of the text where it is not closed
    STRING = auto()
    NAME = auto()  #: between back-ticks
    OPEN = auto()  #: a string or name that is not closed: all the rest of the text
    SEMICOLON = auto()  #: or several ones, with the spaces behind them
    WORD = auto()  #: a keyword or a name without quotes
    NUMBER = auto()
    VARIABLE = auto()  #: `@name`
    MARK = auto()  #: an operator, a bracket, or a character that means nothing to us


class Token(NamedTuple):
    """A piece of a text."""

    kind: Kind
    text: str  #: as it stands; the tokenizer's names are without their back-ticks
    offset: int  #: in characters
    end: int  #: the offset behind it
    word: str = ""  #: of a WORD: in lower case, ASCII letters only


#: For a verbose pattern.
COMMENT = r"--[^\r\n]*+ | /\*.*?(?:\*/|\Z)"
_TOKEN = re.compile(
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
#: By the number of their group in the pattern.
_KINDS = (None, Kind.CODE, Kind.COMMENT, Kind.STRING, Kind.NAME, Kind.OPEN, Kind.SEMICOLON)

# CPython 3.11 looks members of an enum up slowly, and these are needed for each token.
_COMMENT, _SEMICOLON = Kind.COMMENT, Kind.SEMICOLON


class Statement:
    """What stands up to a semicolon, with it."""

    __slots__ = ("bare", "setting", "tokens")

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self.tokens = tokens
        texts = [" " if token.kind is _COMMENT else token.text for token in tokens]
        if self.is_closed:
            texts.pop()
        #: Without comments and semicolon; empty where there is nothing else.
        self.bare = "".join(texts).strip(WHITESPACE)
        #: What it sets, if it is a `set key=value`.
        self.setting = parse_setting(self.bare)

    @property
    def has_comments(self) -> bool:
        """Whether it has comments, which are all that `bare` lacks but spaces around it."""
        return any(token.kind is _COMMENT for token in self.tokens)

    @property
    def is_closed(self) -> bool:
        """Whether it ends with a semicolon."""
        return self.tokens[-1].kind is _SEMICOLON


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
        shown = [token for token in last.tokens if token.text.strip(WHITESPACE)]
        # A semicolon behind a line comment would be a part of it.
        return stripped + ("\n;" if shown[-1].kind is Kind.COMMENT else ";")

    def without_settings(self, *, key: str | None = None) -> "SqlText":
        """Return the text without its `set key=value;` statements; the rest is as it was.

        With a `key`, in lower case, only those go that set it, however they write it.
        """
        kept, at = [], 0
        for part in self.parts:
            if part.setting and key in {None, part.setting.key.lower()}:
                kept.append(self.text[at : part.tokens[0].offset])
                at = part.tokens[-1].end
        return SqlText("".join((*kept, self.text[at:])).strip(WHITESPACE)) if kept else self


def cut(sql: str) -> Iterator[Statement]:
    """Yield all statements in their order, and what stands behind the last semicolon."""
    tokens: list[Token] = []
    for found in _TOKEN.finditer(sql):
        kind = _KINDS[found.lastindex or 0]
        start, end = found.span()
        tokens.append(tuple.__new__(Token, (kind, found[0], start, end, "")))
        if kind is _SEMICOLON:
            yield Statement(tuple(tokens))
            tokens = []
    if tokens:
        yield Statement(tuple(tokens))
