"""What a query is made of, as far as it matters for how MaxCompute spreads its work. Pure.

No judgement hangs on it: it reads what it can, and what it cannot read is not in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from odps_bot.sql.builtin_functions import AGGREGATES, is_built_in
from odps_bot.sql.keywords import RESERVED, words
from odps_bot.sql.statements import Kind, Token, cut
from odps_bot.sql.tokenizer import tokens_of
from odps_bot.sql.unproven import UnprovenError

_NAMES = (Kind.WORD, Kind.NAME)

#: A name between one of these and a bracket is no function.
_BEFORE_TABLES = words("as from into join table overwrite update using values view with")
#: Unless it is one of these: `lateral view f(x)`.
_BEFORE_CALLS = words("view outer")

_ENDS_JOIN = words(
    "join where group having order limit union intersect minus except distribute cluster sort"
    " lateral window select insert"
)
_JOIN_WORDS = words("inner left right full outer semi anti cross natural")
#: May stand between the name of a table and the next clause, and is no alias.
_NO_ALIAS = RESERVED | _ENDS_JOIN | _JOIN_WORDS | words("on tablesample partition")
_EQUALS = frozenset({"=", "==", "<=>"})
_KEYWORDS = RESERVED | _ENDS_JOIN


@dataclass
class Join:
    """A join of two sources."""

    kind: str  #: inner, left, right, full, semi, anti or cross
    source: str  #: the one on the right: its alias or its name; empty: a subquery without a name
    has_equality: bool = False  #: two columns are compared, or named by USING


@dataclass
class Block:
    """One SELECT, without what stands in its subqueries."""

    has_select: bool = False
    first_source: str = ""
    joins: list[Join] = field(default_factory=list)
    has_group_by: bool = False
    has_order_by: bool = False
    has_limit: bool = False
    aggregates: list[str] = field(default_factory=list)  #: that are no window functions
    has_distinct_aggregate: bool = False
    has_window_without_partition: bool = False
    is_in_condition: bool = False  #: while it is read: behind the `on` of a join


@dataclass
class QueryShape:
    """All SELECTs of a text, inner ones as well."""

    blocks: list[Block] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)  #: that are not built in, each once

    @property
    def has_select(self) -> bool:
        """Whether anything is selected at all."""
        return any(block.has_select for block in self.blocks)


def query_shape(sql: str) -> QueryShape:
    """Return what the text is made of. Never raises: what cannot be read is left out."""
    shape = QueryShape()
    for statement in cut(sql):
        if not statement.bare or statement.setting is not None:
            continue
        try:
            tokens = tokens_of(statement)
        except UnprovenError:
            continue
        _Reader(tokens, shape).read()
    shape.functions = list(dict.fromkeys(shape.functions))
    return shape


class _Reader:
    """Reads one statement from its first token to its last."""

    def __init__(self, tokens: Sequence[Token], shape: QueryShape) -> None:
        self._tokens = tokens
        self._shape = shape
        self._closing = _closing(tokens)
        self._blocks = [self._new_block()]
        #: For each open bracket, whether a query began with it.
        self._is_query: list[bool] = []

    def read(self) -> None:
        for at, token in enumerate(self._tokens):
            if token.kind is Kind.MARK:
                self._mark(at, token.text)
            elif token.kind is Kind.WORD and token.word in _KEYWORDS:
                self._keyword(at, token.word)
            if token.kind in _NAMES and self._text(at + 1) == "(":
                self._call(at)

    def _new_block(self) -> Block:
        block = Block()
        self._shape.blocks.append(block)
        return block

    def _mark(self, at: int, mark: str) -> None:
        if mark == "(":
            is_query = self._word(at + 1) in {"select", "with", "from"}
            self._is_query.append(is_query)
            if is_query:
                self._blocks.append(self._new_block())
        elif mark == ")" and self._is_query and self._is_query.pop():
            self._blocks.pop()
        elif mark in _EQUALS and self._blocks[-1].joins and self._blocks[-1].is_in_condition:
            self._blocks[-1].joins[-1].has_equality = True

    def _keyword(self, at: int, word: str) -> None:
        block = self._blocks[-1]
        is_in_call = bool(self._is_query) and not self._is_query[-1]
        if word == "on" or word in _ENDS_JOIN:
            block.is_in_condition = word == "on"
        match word:
            case "select":
                if block.has_select:  # of a UNION, or the next INSERT of several
                    block = self._blocks[-1] = self._new_block()
                block.has_select = True
            case "from" if not is_in_call and not block.first_source:
                block.first_source = self._source(at + 1)
            case "join":
                block.joins.append(Join(self._join_kind(at), self._source(at + 1)))
                block.joins[-1].has_equality = self._word(at - 1) == "natural"
            case "using" if block.joins:
                block.joins[-1].has_equality = True
            case "group" if self._word(at + 1) == "by":
                block.has_group_by = True
            case "order" if self._word(at + 1) == "by" and not is_in_call:
                block.has_order_by = True
            case "limit" if not is_in_call:
                block.has_limit = True

    def _call(self, at: int) -> None:
        """Take a name before a bracket, unless it is a table with its columns."""
        start = at
        while self._text(start - 1) in {".", ":"} and start > 1:
            start -= 2
        before = self._tokens[start - 1] if start else None
        name = self._tokens[at].text
        if self._tokens[at].word in RESERVED or before is None or not _may_call(before):
            return
        end = self._closing.get(at + 1, at + 1)
        if start < at or not is_built_in(name) or self._is_script(name, end):
            parts = [token.text for token in self._tokens[start : at + 1]]
            self._shape.functions.append("".join(parts))
        elif self._word(end + 1) == "over":
            self._window(end + 2)
        elif name.lower() in AGGREGATES:
            block = self._blocks[-1]
            block.aggregates.append(name.lower())
            block.has_distinct_aggregate |= self._word(at + 2) == "distinct"

    def _is_script(self, name: str, end: int) -> bool:
        """Return whether rows go through a program: `transform(…) using '…'`."""
        return name.lower() == "transform" and self._word(end + 1) == "using"

    def _window(self, at: int) -> None:
        if self._text(at) == "(" and self._word(at + 1) not in {"partition", "distribute"}:
            self._blocks[-1].has_window_without_partition = True

    def _join_kind(self, at: int) -> str:
        before: list[str] = []
        while self._word(at - 1 - len(before)) in _JOIN_WORDS:
            before.append(self._word(at - 1 - len(before)))
        kinds = [word for word in before if word not in {"outer", "natural"}]
        return kinds[0] if kinds else "inner"

    def _source(self, at: int) -> str:
        """Return the alias, or else the last part of the name, of the source that comes next."""
        name = ""
        if self._text(at) == "(":
            at = self._closing.get(at, at) + 1
        else:
            while at < len(self._tokens) and self._tokens[at].kind in _NAMES:
                name, at = self._tokens[at].text, at + 1
                if self._text(at) not in {".", ":"}:
                    break
                at += 1
        if self._word(at) == "as":
            at += 1
        is_alias = at < len(self._tokens) and self._tokens[at].kind in _NAMES
        return self._tokens[at].text if is_alias and self._word(at) not in _NO_ALIAS else name

    def _word(self, at: int) -> str:
        return self._tokens[at].word if 0 <= at < len(self._tokens) else ""

    def _text(self, at: int) -> str:
        token = self._tokens[at] if 0 <= at < len(self._tokens) else None
        return token.text if token is not None and token.kind is Kind.MARK else ""


def _closing(tokens: Sequence[Token]) -> dict[int, int]:
    """Return the index of the closing bracket for that of each opening one."""
    found: dict[int, int] = {}
    open_ones: list[int] = []
    for at, token in enumerate(tokens):
        if token.kind is not Kind.MARK:
            continue
        if token.text == "(":
            open_ones.append(at)
        elif token.text == ")" and open_ones:
            found[open_ones.pop()] = at
    return found


def _may_call(before: Token) -> bool:
    """Return whether a name behind this token can be a function's."""
    if before.kind is Kind.MARK:
        return before.text not in {")", "]", "."}
    if before.kind is not Kind.WORD:
        return False
    is_table = before.word in _BEFORE_TABLES - _BEFORE_CALLS
    return before.word in RESERVED | _BEFORE_CALLS and not is_table
