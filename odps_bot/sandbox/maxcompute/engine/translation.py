"""Translates a query on MaxCompute's tables to one for DuckDB.

Names are resolved against the catalog here, so only tables, functions and columns of the project
reach DuckDB.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import ErrorLevel

from odps_bot.sandbox.maxcompute.engine.catalog import Table
from odps_bot.sandbox.maxcompute.engine.errors import function_not_found, semantic_exception
from odps_bot.sandbox.maxcompute.engine.expressions import Probe, WrongArguments
from odps_bot.sandbox.maxcompute.engine.functions.table_functions import unfold_selected
from odps_bot.sandbox.maxcompute.engine.grouping_sets import expand_groups
from odps_bot.sandbox.maxcompute.engine.inference import Inference
from odps_bot.sandbox.maxcompute.engine.lateral_views import join_lateral_views
from odps_bot.sandbox.maxcompute.engine.positions import position_at
from odps_bot.sandbox.maxcompute.engine.pruning import check_partitions
from odps_bot.sandbox.maxcompute.engine.rewriting import rewrite
from odps_bot.sandbox.maxcompute.engine.row_changes import is_row_id
from odps_bot.sandbox.maxcompute.engine.scopes import Typed
from odps_bot.sandbox.maxcompute.engine.session import Session
from odps_bot.sandbox.maxcompute.engine.statements import table_name
from odps_bot.sandbox.maxcompute.engine.time_zones import DEFAULT, replacements
from odps_bot.sandbox.maxcompute.engine.types import DataType

#: Returns the type of an expression of DuckDB.
TypeOf = Callable[[str], DataType | WrongArguments | None]


@dataclass(frozen=True)
class Translated:
    """A query for DuckDB."""

    sql: str
    tables: tuple[Table, ...]
    #: Names and types, where they are known.
    columns: tuple[Typed, ...] | None
    warnings: tuple[str, ...] = ()


def translate(tree: exp.Expr, session: Session, type_of: TypeOf) -> Translated:
    """Return the query for DuckDB; raises `SqlError` for unknown names and wrong types.

    `type_of` returns the type of an expression of DuckDB.
    """
    tree = tree.copy()
    _expand_variables(tree, session)
    expand_groups(tree)
    unfold_selected(tree, session)
    _name_columns(tree)
    sources = list(_tables(tree, session))
    inference = Inference(
        {id(node): table for node, table in sources}, session, _probe(session, type_of)
    )
    columns = inference.query(tree)
    check_partitions(sources, session)
    join_lateral_views(tree)
    tables = tuple(table for _, table in sources)
    for node, table in sources:
        _qualify(node, table)
    for column in list(tree.find_all(exp.Column)):
        column.set("db", None)
        column.set("catalog", None)
    for hint in list(tree.find_all(exp.Hint)):
        hint.pop()
    # Inner nodes first, as the replacement of an outer node contains them.
    for inner in reversed(list(tree.walk())):
        rewrite(inner, session)
    _show_in_zone(tree, tables, session)
    sql = tree.sql(dialect="duckdb", unsupported_level=ErrorLevel.IGNORE)
    return Translated(sql, tables, columns, tuple(inference.warnings))


def _probe(session: Session, type_of: TypeOf) -> Probe:
    """Return a function for the type of a call: that for NULLs of the types of its arguments."""

    def probe(call: exp.Expr) -> DataType | WrongArguments | None:
        copy = call.copy()
        for part in list(copy.iter_expressions()):
            kind = part.meta.get("type")
            if kind is not None and kind.name != "void" and not isinstance(part, exp.Literal):
                to = exp.DataType.build(kind.duckdb, dialect="duckdb")
                part.replace(exp.Cast(this=exp.null(), to=to))
        outer = exp.Paren(this=copy)
        for inner in reversed(list(outer.walk())):
            rewrite(inner, session)
        return type_of(outer.this.sql(dialect="duckdb", unsupported_level=ErrorLevel.IGNORE))

    return probe


def _expand_variables(tree: exp.Expr, session: Session) -> None:
    """Replace `@x` by its query."""
    for node in list(tree.find_all(exp.Table)):
        if not isinstance(node.this, exp.Parameter):
            continue
        name = node.this.name.lower()
        query = session.variables.get(name)
        if query is None:
            place = session.text.lower().find(f"@{name}")
            position = position_at(session.text, max(place, 0))
            raise semantic_exception(position, f"variable @{name} cannot be resolved")
        inner = query.copy()
        _expand_variables(inner, session)
        alias = exp.TableAlias(this=exp.to_identifier(node.alias or name))
        node.replace(exp.Subquery(this=inner, alias=alias))


def _tables(tree: exp.Expr, session: Session) -> Iterator[tuple[exp.Table, Table]]:
    for node in tree.find_all(exp.Table):
        if isinstance(node.this, exp.Func):
            raise function_not_found(session.position(node.this), node.this.name or "table")
        if not node.db and _is_common(node):
            continue
        yield node, session.find_table(table_name(node, session.position(node.this)))


def _is_common(node: exp.Table) -> bool:
    """Return whether a name refers to a surrounding WITH clause instead of a table."""
    child: exp.Expr = node
    while (parent := child.parent) is not None:
        common = parent.args.get("with_")
        if isinstance(parent, exp.With):
            # A common table expression sees those before it.
            before = parent.expressions[: _index(parent.expressions, child)]
            if _has_name(before, node.name):
                return True
            child = parent.parent or parent
            continue
        if common is not None and _has_name(common.expressions, node.name):
            return True
        child = parent
    return False


def _index(nodes: list[exp.Expr], wanted: exp.Expr) -> int:
    """Return the index of a node by identity, unlike list.index."""
    return next(index for index, node in enumerate(nodes) if node is wanted)


def _has_name(ctes: Iterable[exp.Expr], name: str) -> bool:
    return any(cte.alias.lower() == name.lower() for cte in ctes)


def _qualify(node: exp.Table, table: Table) -> None:
    if not node.alias:
        node.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
    node.set("this", exp.to_identifier(table.name, quoted=True))
    node.set("db", exp.to_identifier(table.duckdb_schema, quoted=True))
    node.set("catalog", None)


def _show_in_zone(tree: exp.Expr, tables: Iterable[Table], session: Session) -> None:
    """Read the tables' times off the clock of the job's zone, unless rows are to be changed."""
    if any(map(is_row_id, tree.find_all(exp.Column))):
        return
    for table in tables:
        shown = replacements(table.all_columns, source=DEFAULT, target=session.time_zone)
        if not shown:
            continue
        rows = f"SELECT * REPLACE ({shown}) FROM {table.sql_name}"
        query: exp.Expr = exp.maybe_parse(rows, dialect="duckdb")
        for node in list(tree.find_all(exp.Table)):
            if (node.db, node.name) == (table.duckdb_schema, table.name):
                alias = node.args.get("alias")
                node.replace(exp.Subquery(this=query.copy(), alias=alias))


def _name_columns(tree: exp.Expr) -> None:
    """Name unnamed columns by position, `_c0`, `_c1` …, as the service does."""
    for select in tree.find_all(exp.Select):
        for index, projection in enumerate(select.expressions):
            is_named = isinstance(projection, exp.Alias | exp.Aliases | exp.Column | exp.Star)
            if not is_named and not isinstance(projection, exp.Explode | exp.Posexplode):
                projection.replace(exp.alias_(projection.copy(), f"_c{index}"))
