"""Which columns a name can mean at a place in a query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine.errors import SqlError, semantic_exception
from odps_bot.sandbox.maxcompute.engine.node_positions import position_of_node
from odps_bot.sandbox.maxcompute.engine.types import DataType

#: Name and type of a column; the type is None where it isn't known.
Typed = tuple[str, DataType | None]


@dataclass(frozen=True)
class Source:
    """A table, view, subquery or table function of FROM; columns are None if not known."""

    name: str
    columns: tuple[Typed, ...] | None


@dataclass(frozen=True)
class Scope:
    """The sources of a query, and those around it."""

    sources: tuple[Source, ...] = ()
    #: Common table expressions by name.
    common: Mapping[str, tuple[Typed, ...] | None] = field(default_factory=dict)
    outer: "Scope | None" = None
    #: Columns that JOIN … USING has merged into one.
    merged: frozenset[str] = frozenset()
    #: Names that the select list gives, where they can be referred to.
    aliases: Mapping[str, DataType | None] = field(default_factory=dict)

    @property
    def is_known(self) -> bool:
        """Return whether the columns of all sources are known."""
        return all(source.columns is not None for source in self.sources)

    def find(self, name: str) -> Sequence[Typed]:
        """Return all columns of that name."""
        return [
            column
            for source in self.sources
            for column in source.columns or ()
            if column[0] == name
        ]

    def source(self, name: str) -> Source | None:
        """Return the source with that alias, here or around."""
        for source in self.sources:
            if source.name == name:
                return source
        return self.outer.source(name) if self.outer is not None else None


def resolve(column: exp.Expr, scope: Scope, text: str) -> DataType | None:
    """Return the type of a column, None if not known; raises `SqlError` for a wrong name."""
    name, table = column.name.lower(), column.text("table").lower()
    if column.args.get("db") is not None:
        return None
    if table:
        return _in_source(column, name, table, scope, text)
    current: Scope | None = scope
    while current is not None:
        found = current.find(name)
        if len(found) > 1 and name not in current.merged and current.is_known:
            if name in current.aliases:
                return current.aliases[name]
            raise semantic_exception(
                position_of_node(column.this, text), f"column {name} is ambiguous"
            )
        if found:
            return found[0][1]
        if name in current.aliases:
            return current.aliases[name]
        if not current.is_known:
            return None
        current = current.outer
    raise _not_resolved(column, name, text)


def _in_source(column: exp.Expr, name: str, table: str, scope: Scope, text: str) -> DataType | None:
    source = scope.source(table)
    if source is None:
        if scope.find(table) or not scope.is_known:
            return _field(scope.find(table), name)
        position = position_of_node(column.args["table"], text)
        raise semantic_exception(position, f"invalid table alias {table}")
    if source.columns is None:
        return None
    for found, data_type in source.columns:
        if found == name:
            return data_type
    raise _not_resolved(column, name, text)


def _field(found: Sequence[Typed], name: str) -> DataType | None:
    """Return the type of a field of a struct column."""
    kind = found[0][1] if found else None
    return dict(kind.children).get(name) if kind is not None and kind.name == "struct" else None


def _not_resolved(column: exp.Expr, name: str, text: str) -> SqlError:
    return semantic_exception(
        position_of_node(column.this, text), f"column {name} cannot be resolved"
    )
