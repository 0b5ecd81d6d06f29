"""What the names in a statement may refer to: sources of queries, columns, or Java. Pure.

A name may be used before it is declared, as in `select t.a from t`. So fields are judged when the
query in question ends, and calls when the statement does.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from odps_bot.sql.classification.java_names import (
    clipped,
    is_in_the_jdk,
    parts_of,
    why_call_is_unproven,
    why_field_is_unproven,
    why_method_is_unproven,
)
from odps_bot.sql.statements import Kind, Token
from odps_bot.sql.unproven import UnprovenError

# No sets: CPython 3.11 hashes members of an enum slowly.
_NAMES = (Kind.WORD, Kind.NAME)
_VALUES = (Kind.STRING, Kind.NUMBER, Kind.VARIABLE)


class _Scope:
    """The sources of one query, and what is unproven unless it begins with one of them."""

    def __init__(self) -> None:
        self.sources: set[str] = set()
        self.unproven: list[tuple[list[str], str]] = []

    def left(self) -> Iterator[tuple[list[str], str]]:
        """Yield what begins with no source of this query."""
        for parts, why in self.unproven:
            lengths = range(1, min(len(parts), 4))  # project.schema.table, and then its column
            heads = {".".join(parts[:length]).lower() for length in lengths}
            if heads.isdisjoint(self.sources):
                yield parts, why


class References:
    """Remembers the names of one statement, and raises UnprovenError where they may be Java."""

    def __init__(self) -> None:
        self._scopes = [_Scope()]
        self._names: set[str] = set()
        self._callers: list[list[str]] = []

    @contextmanager
    def query(self, *, sees_outer: bool = True) -> Iterator[None]:
        """Be in a query with sources of its own; subqueries in expressions see the outer ones."""
        scope = _Scope()
        self._scopes.append(scope)
        yield
        self._scopes.pop()
        left = list(scope.left())
        if left and not sees_outer:
            raise UnprovenError(left[0][1])
        self._scopes[-1].unproven += left

    def declare_source(self, name: str) -> None:
        """Let names in this query begin with the name of a table, subquery or view."""
        lowered = ".".join(parts_of([name])).lower()
        last = lowered.rpartition(".")[2]
        self._scopes[-1].sources |= {lowered, last}
        self._names.add(last)

    def declare_column(self, name: str) -> None:
        """Remember a column, on which somebody may call methods."""
        self._names.add(name.lower())

    def use(self, names: Sequence[str]) -> None:
        """Remember a name, perhaps with dots, that is not called."""
        if len(names) == 1 and "." not in names[0]:
            return
        parts = parts_of(names)
        if why := why_field_is_unproven(parts):
            if is_in_the_jdk(parts):
                raise UnprovenError(why)
            self._scopes[-1].unproven.append((parts, why))

    def call(self, names: Sequence[str]) -> None:
        """Remember a name, perhaps with dots, that is called."""
        if len(names) == 1 and "." not in names[0]:
            return
        parts = parts_of(names)
        if why := why_call_is_unproven(parts):
            raise UnprovenError(why)
        if len(parts) > 1:
            self._callers.append(parts)

    def finish(self) -> None:
        """Raise UnprovenError for what is still unproven at the end of the statement."""
        for _, why in self._scopes[0].left():
            raise UnprovenError(why)
        for parts in self._callers:
            if parts[0].lower() in self._names:
                raise UnprovenError(why_method_is_unproven(parts))


def refuse_java_in(tokens: Sequence[Token]) -> None:
    """Raise UnprovenError for Java in tokens whose grammar nobody has followed.

    Whatever stands anywhere but before a dot may be a column on which methods are called.
    """
    references = References()
    at = 0
    while at < len(tokens):
        start = at
        while at + 2 < len(tokens) and tokens[at + 1].text == "." and tokens[at + 2].kind in _NAMES:
            at += 2
        is_called = at + 1 < len(tokens) and tokens[at + 1].text == "("
        parts = [token.text for token in tokens[start : at + 1 : 2]]
        if tokens[start].kind in _NAMES:
            (references.call if is_called else references.use)(parts)
            references.declare_column(parts[-1])
        elif is_called and len(parts) > 1 and _is_end_of_value(tokens[start]):
            raise UnprovenError(f"It calls a Java method (`{clipped(parts[-1])}`).")
        at += 1
    references.finish()


def _is_end_of_value(token: Token) -> bool:
    return token.kind in _VALUES or token.text in {")", "]"}
