"""What the names in a statement may refer to: sources of queries, columns, or Java. Pure.

A name may be used before it is declared, as in `select t.a from t`. So fields are judged when the
query in question ends, and calls when the statement does.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from odps_bot.sql.classification.functions import looks_at_named, why_function_is_unproven
from odps_bot.sql.classification.java_names import (
    clipped,
    is_in_the_jdk,
    parts_of,
    why_call_is_unproven,
    why_class_is_unproven,
    why_field_is_unproven,
    why_member_is_unproven,
    why_method_is_unproven,
)
from odps_bot.sql.statements import Kind, Token
from odps_bot.sql.unproven import UnprovenError

# No sets: CPython 3.11 hashes members of an enum slowly.
_NAMES = (Kind.WORD, Kind.NAME)
_VALUES = (Kind.STRING, Kind.NUMBER, Kind.VARIABLE)


#: So many columns are passed on from the queries of a statement to those around them. A chain of
#: common tables, each with the columns of the one before, would take the square of its length.
MOST_PASSED_ON = 500_000


class _Unproven(NamedTuple):
    """A name with dots that may be a field of Java."""

    parts: list[str]
    why: str
    may_be_column: bool  #: it is proven if a subquery's column has the name, too


class _Scope:
    """The sources of one query, and what is unproven unless it begins with one of them."""

    def __init__(self) -> None:
        self.sources: set[str] = set()
        self.columns: set[str] = set()  #: of its subqueries
        self.outputs: set[str] = set()  #: the columns of its result, as far as they are known
        self.inner: set[str] = set()  #: those of the queries that it is made of
        self.unproven: list[_Unproven] = []
        self.passes_columns = False  #: its result has the columns of its subqueries

    def left(self) -> Iterator[_Unproven]:
        """Yield what begins with no source of this query."""
        for name in self.unproven:
            lengths = range(1, min(len(name.parts), 4))  # project.schema.table, and its column
            heads = {".".join(name.parts[:length]).lower() for length in lengths}
            is_column = name.may_be_column and name.parts[0].lower() in self.columns
            if heads.isdisjoint(self.sources) and not is_column:
                yield name


class References:
    """Remembers the names of one statement, and raises UnprovenError where they may be Java.

    Unless `is_whole`, only a part of the statement is looked at: what is not declared in it may be
    declared elsewhere.
    """

    def __init__(self, *, is_whole: bool = True) -> None:
        self._is_whole = is_whole
        self._scopes = [_Scope()]
        self._names: set[str] = set()
        self._models: set[str] = set()
        self._dotted: list[list[str]] = []
        self._callers: list[list[str]] = []
        self._common: dict[str, set[str]] = {}
        self._reads_table = not is_whole
        self._passed_on = 0

    @contextmanager
    def query(self, *, sees_outer: bool = True) -> Iterator[None]:
        """Be in a query with sources of its own; subqueries in expressions see the outer ones."""
        scope = _Scope()
        self._scopes.append(scope)
        yield
        self._scopes.pop()
        left = list(scope.left())
        if left and not sees_outer:
            raise UnprovenError(left[0].why)
        self._pass_on(scope.outputs, self._scopes[-1].inner)
        if scope.passes_columns:
            self._pass_on(scope.columns, self._scopes[-1].inner)
        self._scopes[-1].unproven += left

    @contextmanager
    def subquery(self, common_name: str = "") -> Iterator[None]:
        """Be in a query that is a source of this one or, with a name, a common table expression."""
        with self.query(sees_outer=False):
            made_of = self._scopes[-1]
            yield
        if common_name:
            self._common[common_name.lower()] = made_of.inner
        else:
            self._pass_on(made_of.inner, self._scopes[-1].columns)

    def declare_table(self, name: str) -> None:
        """Remember that a table is read, or a common table expression."""
        if (columns := self._common.get(name.lower())) is None:
            self._reads_table = True
        else:
            self._pass_on(columns, self._scopes[-1].columns)

    def _pass_on(self, columns: set[str], to: set[str]) -> None:
        """Let another query know the columns, unless too many were passed on.

        Then what begins with one of them may be unproven, but nothing else is.
        """
        self._passed_on += len(columns)
        if self._passed_on <= MOST_PASSED_ON:
            to |= columns

    def declare_model(self, name: str) -> None:
        """Remember a model, whose name begins with no source."""
        self._models.add(name.partition(".")[0].lower())

    def declare_source(self, name: str) -> None:
        """Let names in this query begin with the name of a table, subquery or view."""
        lowered = ".".join(parts_of([name])).lower()
        last = lowered.rpartition(".")[2]
        self._scopes[-1].sources |= {lowered, last}
        self._names.add(last)

    def declare_column(self, name: str) -> None:
        """Remember a column, on which somebody may call methods."""
        self._names.add(name.lower())

    def declare_output(self, name: str) -> None:
        """Remember a column of this query's result."""
        self._scopes[-1].outputs.add(name.lower())

    def pass_columns_at_end(self) -> None:
        """Remember that this query's result has all columns of its sources."""
        self._scopes[-1].passes_columns = True

    def use(self, names: Sequence[str]) -> None:
        """Remember a name, perhaps with dots, that is not called."""
        if len(names) == 1 and "." not in names[0]:
            return
        parts = parts_of(names)
        if why := why_field_is_unproven(parts):
            if is_in_the_jdk(parts):
                raise UnprovenError(why)
            self._scopes[-1].unproven.append(_Unproven(parts, why, may_be_column=False))
        elif self._is_whole and (why := why_class_is_unproven(parts)):
            self._scopes[-1].unproven.append(_Unproven(parts, why, may_be_column=True))
        elif not self._reads_table:
            self._dotted.append(parts)

    def call(self, names: Sequence[str]) -> None:
        """Remember a name, perhaps with dots, that is called."""
        if len(names) == 1 and "." not in names[0]:
            return
        parts = parts_of(names)
        if why := why_call_is_unproven(parts):
            raise UnprovenError(why)
        if len(parts) > 1:
            self._callers.append(parts)

    def finish(self, bare_names: Callable[[], set[str]] = set) -> None:
        """Raise UnprovenError for what is still unproven at the end of the statement.

        `bare_names` returns the names without dots, in lower case: most statements don't need them.
        """
        for name in self._scopes[0].left():
            raise UnprovenError(name.why)
        for parts in self._callers:
            if parts[0].lower() in self._names:
                raise UnprovenError(why_method_is_unproven(parts))
        if self._dotted and not self._reads_table:
            known = self._names | self._models | bare_names()
            for parts in self._dotted:
                if parts[0].lower() not in known:
                    raise UnprovenError(why_member_is_unproven(parts))


def refuse_java_in(tokens: Sequence[Token]) -> None:
    """Raise UnprovenError for Java in tokens whose grammar nobody has followed.

    Whatever stands anywhere but before a dot may be a column on which methods are called.
    """
    references = References(is_whole=False)
    at = 0
    while at < len(tokens):
        start = at
        while at + 2 < len(tokens) and tokens[at + 1].text == "." and tokens[at + 2].kind in _NAMES:
            at += 2
        is_called = at + 1 < len(tokens) and tokens[at + 1].text == "("
        parts = [token.text for token in tokens[start : at + 1 : 2]]
        if tokens[start].kind in _NAMES:
            (references.call if is_called else references.use)(parts)
            if is_called and (why := _why_call_here_is_unproven(parts)):
                raise UnprovenError(why)
            references.declare_column(parts[-1])
        elif is_called and len(parts) > 1 and _is_end_of_value(tokens[start]):
            raise UnprovenError(f"It calls a Java method (`{clipped(parts[-1])}`).")
        at += 1
    references.finish()


def _is_end_of_value(token: Token) -> bool:
    return token.kind in _VALUES or token.text in {")", "]"}


def _why_call_here_is_unproven(parts: Sequence[str]) -> str:
    if looks_at_named(parts):
        return f"It calls `{parts[-1].lower()}` where I can't tell what it looks at."
    return why_function_is_unproven(parts)
