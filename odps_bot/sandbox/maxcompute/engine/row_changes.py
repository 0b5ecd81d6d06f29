"""Parses UPDATE, DELETE and MERGE into queries for the rows that they change.

Vendor pages: https://www.alibabacloud.com/help/en/maxcompute/user-guide/update-and-delete and
https://www.alibabacloud.com/help/en/maxcompute/user-guide/merge-into
"""

from collections.abc import Iterable, Iterator

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine.positions import Position, position_at
from odps_bot.sandbox.maxcompute.engine.queries import read_tree
from odps_bot.sandbox.maxcompute.engine.statements import (
    ChangeRows,
    Query,
    RowChange,
    TableName,
    table_name,
)
from odps_bot.sandbox.maxcompute.engine.token_reader import TokenReader

#: DuckDB's pseudo column that identifies a row.
ROW_ID = "rowid"


def read_update(reader: TokenReader) -> ChangeRows:
    """Read UPDATE … SET … FROM … WHERE."""
    position = reader.position
    tree = read_tree(reader, exp.Update)
    if not isinstance(tree.this, exp.Table) or not tree.expressions:
        raise reader.unexpected_end()
    columns, values = _assigned(tree.expressions, reader)
    query = _rows_of(tree.this, values)
    if (source := tree.args.get("from_")) is not None:
        query = query.join(source.this, join_type="cross")
    query = _where(query, tree)
    change = RowChange("update", Query(query, position), columns)
    return ChangeRows("UPDATE", position, _name(tree.this, reader), (change,))


def read_delete(reader: TokenReader) -> ChangeRows:
    """Read DELETE FROM … WHERE."""
    position = reader.position
    if not reader.sees("DELETE", "FROM"):
        reader.take()
        raise reader.unexpected()
    tree = read_tree(reader, exp.Delete)
    if not isinstance(tree.this, exp.Table):
        raise reader.unexpected_end()
    query = _where(_rows_of(tree.this, ()), tree)
    change = RowChange("delete", Query(query, position))
    return ChangeRows("DELETE", position, _name(tree.this, reader), (change,))


def read_merge(reader: TokenReader) -> ChangeRows:
    """Read MERGE INTO … USING … ON … WHEN …; the first matching clause applies to a row."""
    position = reader.position
    tree = read_tree(reader, exp.Merge)
    whens = tree.args.get("whens")
    if not isinstance(tree.this, exp.Table) or whens is None or not whens.expressions:
        raise reader.unexpected_end()
    changes = tuple(_changes(tree, whens.expressions, reader, position))
    return ChangeRows("MERGE", position, _name(tree.this, reader), changes)


def _changes(
    tree: exp.Expr, whens: Iterable[exp.Expr], reader: TokenReader, position: Position
) -> Iterator[RowChange]:
    earlier: dict[tuple[bool, bool], list[exp.Expr]] = {}
    for when in whens:
        fitted = earlier.setdefault((bool(when.args["matched"]), bool(when.args["source"])), [])
        condition = when.args.get("condition") or exp.true()
        conditions = [condition, *(exp.not_(_unknown_as_false(one)) for one in fitted)]
        fitted.append(condition)
        yield _change(tree, when, conditions, reader, position)


def _change(
    tree: exp.Expr,
    when: exp.Expr,
    conditions: Iterable[exp.Expr],
    reader: TokenReader,
    position: Position,
) -> RowChange:
    then = when.args["then"]
    if isinstance(then, exp.Update):
        columns, values = _assigned(then.expressions, reader)
        query = _merged(tree, when, values).where(*conditions)
        return RowChange("update", Query(query, position), columns)
    if isinstance(then, exp.Insert) and isinstance(then.expression, exp.Tuple):
        named = then.this.expressions if then.this else ()
        query = _unmatched(tree.args["using"], tree.this, tree)
        query = query.select(*then.expression.expressions).where(*conditions)
        columns = tuple(column.name.lower() for column in named)
        return RowChange("insert", Query(query, position), columns)
    if then.name.upper() == "DELETE":
        query = _merged(tree, when, ()).where(*conditions)
        return RowChange("delete", Query(query, position))
    raise reader.unexpected_end()


def _merged(tree: exp.Expr, when: exp.Expr, values: Iterable[exp.Expr]) -> exp.Select:
    """Return the query for rows of the target, either matched or not matched by the source."""
    if when.args["matched"]:
        return _rows_of(tree.this, values).join(tree.args["using"], on=tree.args["on"])
    return _unmatched(tree.this, tree.args["using"], tree).select(_row_id(tree.this), *values)


def _unmatched(these: exp.Expr, others: exp.Expr, tree: exp.Expr) -> exp.Select:
    matching = exp.select("1").from_(others).where(tree.args["on"])
    return exp.Select().from_(these).where(exp.not_(exp.Exists(this=matching)))


def _rows_of(table: exp.Expr, values: Iterable[exp.Expr]) -> exp.Select:
    return exp.select(_row_id(table), *values).from_(table)


def _row_id(table: exp.Expr) -> exp.Expr:
    column = exp.column(ROW_ID, table=table.alias_or_name)
    column.meta[ROW_ID] = True
    return column


def is_row_id(column: exp.Expr) -> bool:
    """Return whether a column is what identifies a row, which no statement can name."""
    return bool(column.meta.get(ROW_ID))


def _where(query: exp.Select, tree: exp.Expr) -> exp.Select:
    where = tree.args.get("where")
    return query if where is None else query.where(where.this)


def _unknown_as_false(condition: exp.Expr) -> exp.Expr:
    """Return the condition with NULL as false."""
    return exp.func("coalesce", condition.copy(), exp.false())


def _assigned(
    pairs: Iterable[exp.Expr], reader: TokenReader
) -> tuple[tuple[str, ...], tuple[exp.Expr, ...]]:
    """Return the columns of `a = 1, (b, c) = (2, 3)`, and their values."""
    columns: list[str] = []
    values: list[exp.Expr] = []
    for pair in pairs:
        if not isinstance(pair, exp.EQ):
            raise reader.unexpected_end()
        targets = pair.this.expressions if isinstance(pair.this, exp.Tuple) else [pair.this]
        given = _values(pair.expression) if isinstance(pair.this, exp.Tuple) else [pair.expression]
        if len(given) != len(targets):
            raise reader.unexpected_end()
        columns += [target.name.lower() for target in targets]
        values += given
    return tuple(columns), tuple(values)


def _values(node: exp.Expr) -> list[exp.Expr]:
    """Return the values in parentheses, or each column of a query as a subquery."""
    if isinstance(node, exp.Tuple):
        return list(node.expressions)
    query = node.unnest()
    if not isinstance(query, exp.Select):
        return []
    return [
        exp.Subquery(this=query.select(projection, append=False))
        for projection in query.expressions
    ]


def _name(table: exp.Table, reader: TokenReader) -> TableName:
    position = position_at(reader.text, table.this.meta.get("start", 0))
    return table_name(table, position)
