"""A cursor over the tokens of a statement, for recursive-descent parsing."""

from sqlglot import Token, TokenType

from odps_bot.sandbox.maxcompute.engine.errors import SqlError, parse_exception
from odps_bot.sandbox.maxcompute.engine.positions import Position
from odps_bot.sandbox.maxcompute.engine.script import Statement
from odps_bot.sandbox.maxcompute.engine.statements import TableName

_TYPE_BRACKETS = {"<": 1, "(": 1, ">": -1, ")": -1}


class TokenReader:
    """The remaining tokens of a statement."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._index = 0

    @property
    def text(self) -> str:
        """Return the text to which positions refer."""
        return self._statement.text

    @property
    def position(self) -> Position:
        """Return the position of the next token."""
        return self._statement.position(self._index)

    @property
    def is_at_end(self) -> bool:
        """Return whether no token is left."""
        return self._index >= len(self._statement.tokens)

    def rest(self) -> tuple[Token, ...]:
        """Take all remaining tokens."""
        tokens = self._statement.tokens[self._index :]
        self._index = len(self._statement.tokens)
        return tokens

    def statement(self) -> Statement:
        """Take all remaining tokens as a statement."""
        return Statement(self.rest(), self.text)

    def unexpected(self) -> SqlError:
        """Return the error for the next token."""
        shown = "<EOF>" if self.is_at_end else self._peek().text
        return parse_exception(self.position, f"invalid token '{shown}'")

    def unexpected_end(self) -> SqlError:
        """Return the error for an incomplete statement."""
        end = self._statement.position(len(self._statement.tokens))
        return parse_exception(end, "invalid token '<EOF>'")

    def sees(self, *reader: str) -> bool:
        """Return whether these words come next, without taking them."""
        tokens = self._statement.tokens[self._index : self._index + len(reader)]
        return [token.text.upper() for token in tokens] == list(reader)

    def skip(self, *reader: str) -> bool:
        """Take these words if they come next."""
        if not self.sees(*reader):
            return False
        self._index += len(reader)
        return True

    def expect(self, word: str) -> None:
        """Take this word, or raise a parse exception."""
        if not self.skip(word):
            raise self.unexpected()

    def expect_end(self) -> None:
        """Raise a parse exception if a token is left."""
        if not self.is_at_end:
            raise self.unexpected()

    def take(self) -> Token:
        """Take the next token."""
        token = self._peek()
        self._index += 1
        return token

    def name(self) -> str:
        """Take a name and return it in lowercase, as the service does."""
        token = self._peek()
        if token.token_type in {TokenType.STRING, TokenType.NUMBER} or not (
            token.text[:1].isalpha() or token.text[:1] == "_"
        ):
            raise self.unexpected()
        return self.take().text.lower()

    def table(self) -> TableName:
        """Take the name of a table: `t`, `project.t` or `project.schema.t`."""
        position = self.position
        parts = [self.name()]
        while self.skip("."):
            parts.append(self.name())
        *before, name = parts
        project, schema, *_ = (*before, None, None)
        return TableName(name, position, project, schema)

    def string(self) -> str:
        """Take a string literal."""
        if self._peek().token_type is not TokenType.STRING:
            raise self.unexpected()
        return self.take().text

    def number(self) -> int:
        """Take an integer."""
        if not self._peek().text.isdigit():
            raise self.unexpected()
        return int(self.take().text)

    def partition(self) -> tuple[tuple[str, str], ...]:
        """Take `PARTITION (a='1', b='2')`."""
        self.expect("PARTITION")
        self.expect("(")
        pairs = []
        while True:
            name = self.name()
            self.expect("=")
            pairs.append((name, self.take().text))
            if not self.skip(","):
                self.expect(")")
                return tuple(pairs)

    def properties(self) -> dict[str, str]:
        """Take `('a'='1', 'b'='2')`."""
        self.expect("(")
        pairs = {}
        while True:
            name = self.string()
            self.expect("=")
            pairs[name] = self.string()
            if not self.skip(","):
                self.expect(")")
                return pairs

    def type_text(self) -> str:
        """Take a type including its brackets."""
        parts, depth = [self.take().text], 0
        while not self.is_at_end and (depth or self.sees("<") or self.sees("(")):
            word = self.take().text
            depth += sum(_TYPE_BRACKETS.get(sign, 0) for sign in word)
            parts.append(word)
        return "".join(parts)

    def _peek(self) -> Token:
        if self.is_at_end:
            raise self.unexpected()
        return self._statement.tokens[self._index]
