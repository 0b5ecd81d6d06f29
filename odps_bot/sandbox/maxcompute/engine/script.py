"""Splits an SQL text into settings and statements whose tokens keep their positions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import Token, TokenType
from sqlglot.errors import TokenError

from odps_bot.sandbox.maxcompute.engine.dialect import MaxCompute
from odps_bot.sandbox.maxcompute.engine.errors import parse_exception
from odps_bot.sandbox.maxcompute.engine.positions import Position, position_at

#: `set k=v;` before the first statement; the value need not consist of valid tokens.
_SETTING = re.compile(
    r"(?:\s|--[^\r\n]*(?:[\r\n]|$))*set\s+([\w.\-]+)\s*=\s*([^;]*?)\s*(?:;|$)", re.IGNORECASE
)


@dataclass(frozen=True)
class Statement:
    """A statement: its tokens and the text that contains them."""

    tokens: tuple[Token, ...]
    text: str

    @property
    def keyword(self) -> str:
        """Return the first token in uppercase."""
        return self.tokens[0].text.upper()

    def position(self, index: int = 0) -> Position:
        """Return the position of a token; after the last one, the end of the statement."""
        if index < len(self.tokens):
            return position_at(self.text, self.tokens[index].start)
        return position_at(self.text, self.tokens[-1].end + 1)


@dataclass(frozen=True)
class Script:
    """A split SQL text."""

    settings: Mapping[str, str]
    statements: Sequence[Statement]


def split_script(text: str) -> Script:
    """Split a text; raises `SqlError` when it cannot be tokenized."""
    settings: dict[str, str] = {}
    offset = 0
    while match := _SETTING.match(text, offset):
        settings[match[1]] = match[2]
        offset = match.end()
    # Replacing the settings by spaces keeps all positions.
    rest = re.sub(r"[^\r\n]", " ", text[:offset]) + text[offset:]
    statements = []
    for tokens in _split(_tokenize(rest)):
        if tokens[0].token_type is TokenType.SET:
            words = text[tokens[0].end + 1 : tokens[-1].end + 1]
            name, _, value = words.partition("=")
            settings[name.strip()] = value.strip()
        else:
            statements.append(Statement(tuple(tokens), rest))
    return Script(settings, statements)


def _tokenize(text: str) -> list[Token]:
    try:
        return MaxCompute().tokenize(text)
    except TokenError as error:
        start = _unterminated(text)
        shown = text[start : start + 20].splitlines()[0] if text[start:] else "<EOF>"
        raise parse_exception(position_at(text, start), f"invalid token '{shown}'") from error


def _split(tokens: list[Token]) -> list[list[Token]]:
    statements: list[list[Token]] = [[]]
    for token in tokens:
        if token.token_type is TokenType.SEMICOLON:
            statements.append([])
        else:
            statements[-1].append(token)
    return [statement for statement in statements if statement]


_LEXEME = re.compile(
    r"--[^\r\n]*|/\*.*?\*/|'(?:\\.|''|[^'\\])*'|\"(?:\\.|\"\"|[^\"\\])*\"|`[^`]*`|[^'\"`]",
    re.DOTALL,
)


def _unterminated(text: str) -> int:
    """Return the start of the unterminated quote or comment."""
    offset = 0
    while match := _LEXEME.match(text, offset):
        if text.startswith("/*", offset) and match[0] == "/":
            return offset
        offset = match.end()
    return offset
