"""A place in the tokens of one statement. Pure."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

from odps_bot.sql.classification.classes import qualifier_of
from odps_bot.sql.classification.java_names import clipped
from odps_bot.sql.classification.project_names import NamedPlaces
from odps_bot.sql.classification.references import References
from odps_bot.sql.keywords import RESERVED
from odps_bot.sql.statements import Kind, Token
from odps_bot.sql.unproven import UnprovenError

# CPython 3.11 looks members of an enum up slowly, and these are needed for each token.
_WORD, _NAME, _STRING, _MARK = Kind.WORD, Kind.NAME, Kind.STRING, Kind.MARK

#: So deep may things stand in each other for which Python's own stack is used, of which 1,000
#: frames are left at best: a query in a query counts `LEVELS_OF_A_QUERY`, a bracket in FROM one.
DEEPEST = 240
LEVELS_OF_A_QUERY = 5


class Cursor:
    """Takes what is expected, or raises UnprovenError at what is not."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self.qualifiers: set[str] = set()  #: of the tables so far, in lower case
        self.places = NamedPlaces()
        self.references = References()
        self._at = 0
        self._depth = 0
        end = tokens[-1].end if tokens else 0
        self._end = Token(Kind.SEMICOLON, "", end, end)

    def peek(self, ahead: int = 0) -> Token:
        """Return the next token, or one behind it; a semicolon at the end."""
        try:
            return self._tokens[self._at + ahead]
        except IndexError:
            return self._end

    def take(self) -> Token:
        """Return the next token and go on."""
        at = self._at
        self._at = at + 1
        try:
            return self._tokens[at]
        except IndexError:
            return self._end

    @property
    def is_at_end(self) -> bool:
        """Whether all tokens are taken."""
        return self._at >= len(self._tokens)

    def is_word(self, *words: str, ahead: int = 0) -> bool:
        """Return whether the next token is one of the words."""
        try:
            return self._tokens[self._at + ahead].word in words
        except IndexError:
            return False

    def is_mark(self, *marks: str, ahead: int = 0) -> bool:
        """Return whether the next token is one of the marks."""
        try:
            token = self._tokens[self._at + ahead]
        except IndexError:
            return False
        return token.text in marks and token.kind is _MARK

    def take_word(self, *words: str) -> str:
        """Return the next word and go on if it is one of them; otherwise return an empty text."""
        try:
            word = self._tokens[self._at].word
        except IndexError:
            return ""
        if word not in words:
            return ""
        self._at += 1
        return word

    def take_words(self, *words: str) -> bool:
        """Go on if all of the words come next, one after another."""
        if not self.is_word(words[0]):
            return False
        if not all(self.is_word(word, ahead=ahead) for ahead, word in enumerate(words)):
            return False
        self._at += len(words)
        return True

    def take_mark(self, *marks: str) -> str:
        """Return the next mark and go on if it is one of them; otherwise return an empty text."""
        try:
            token = self._tokens[self._at]
        except IndexError:
            return ""
        if token.text not in marks or token.kind is not _MARK:
            return ""
        self._at += 1
        return token.text

    def take_before_bracket(self, *words: str) -> str:
        """Return the next word and go on if it is one of them, and a bracket opens behind it."""
        is_next = self.is_word(*words) and self.is_mark("(", ahead=1)
        return self.take().word if is_next else ""

    def separated(self, take: Callable[[], object]) -> None:
        """Take what `take` takes, once or more often, with commas in between."""
        take()
        while self.take_mark(","):
            take()

    def expect_word(self, *words: str) -> str:
        """Return the next word, which must be one of them."""
        return self.take_word(*words) or self.reject()

    def expect_mark(self, mark: str) -> None:
        """Take the mark, which must come next."""
        if not self.take_mark(mark):
            self.reject()

    def expect_end(self) -> None:
        """Be at the end, with no name left that may be one of Java."""
        if not self.is_at_end:
            self.reject()
        self.references.finish(self._bare_names)

    def _bare_names(self) -> set[str]:
        """Return the names that stand without dots, and are not called."""
        before, *around = (self._end, *self._tokens, self._end)
        found = set()
        for token, behind in pairwise(around):
            is_name = token.kind in (_WORD, _NAME)
            if is_name and before.text != "." and behind.text not in (".", "("):
                found.add(token.text.lower())
            before = token
        return found

    def is_name(self, ahead: int = 0) -> bool:
        """Return whether a name comes next."""
        token = self.peek(ahead)
        is_plain = token.kind is _WORD and token.word not in RESERVED
        return is_plain or token.kind is _NAME

    def name(self) -> str:
        """Return the next token, which must be a name."""
        return self.take().text if self.is_name() else self.reject()

    def dotted_name(self) -> str:
        """Return a name of one to three parts, as of tables, without back-ticks."""
        parts = [self.name()]
        while len(parts) < 3 and self.take_mark("."):  # noqa: PLR2004  -- project, schema, table
            parts.append(self.member())
        name = ".".join(parts)
        if qualifier := qualifier_of(name):
            self.qualifiers.add(qualifier)
        self.places.add(name)
        return name

    def member(self) -> str:
        """Return what stands behind a dot: any word is a name there."""
        return self.take().text if self.peek().kind in (_WORD, _NAME) else self.reject()

    def names_in_brackets(self) -> None:
        """Take a list of names between brackets."""
        with self.brackets():
            self.separated(self.name)

    def new_columns(self) -> None:
        """Take a list of new names between brackets."""
        with self.brackets():
            self.separated(lambda: self.references.declare_column(self.name()))

    @contextmanager
    def deeper(self, levels: int = LEVELS_OF_A_QUERY) -> Iterator[None]:
        """Be inside of something that may hold its like again."""
        self._depth += levels
        if self._depth > DEEPEST:
            raise UnprovenError("It is nested too deeply.")
        yield
        self._depth -= levels

    @contextmanager
    def brackets(
        self, opening: str = "(", closing: str = ")", levels: int = LEVELS_OF_A_QUERY
    ) -> Iterator[None]:
        """Take an opening bracket, and afterwards its closing one."""
        self.expect_mark(opening)
        self._depth += levels
        if self._depth > DEEPEST:
            raise UnprovenError("It is nested too deeply.")
        yield
        self._depth -= levels
        self.expect_mark(closing)

    def reject(self) -> str:
        """Raise: the next token is not what a statement of this kind goes on with."""
        if self.is_word("using") and self.peek(1).kind is _STRING:
            raise UnprovenError("It runs custom code (USING '…').")
        if self.is_word("new"):
            raise UnprovenError("It creates Java objects.")
        if self.is_at_end:
            raise UnprovenError("It ends unexpectedly.")
        raise UnprovenError(f"I can't parse it from `{clipped(self.peek().text)}` on.")
