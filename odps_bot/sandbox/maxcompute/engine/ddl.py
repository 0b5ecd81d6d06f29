"""Parses DDL, DESC and SHOW token by token.

Every error is a parse exception with its position.
"""

from dataclasses import replace

from odps_bot.sandbox.maxcompute.engine.catalog import Column
from odps_bot.sandbox.maxcompute.engine.errors import parse_exception
from odps_bot.sandbox.maxcompute.engine.queries import read_query
from odps_bot.sandbox.maxcompute.engine.statements import (
    ChangePartition,
    CreateTable,
    CreateView,
    Describe,
    DropTable,
    ShowCreateTable,
    ShowPartitions,
    ShowTables,
    TruncateTable,
)
from odps_bot.sandbox.maxcompute.engine.token_reader import TokenReader
from odps_bot.sandbox.maxcompute.engine.types import DataType, UnknownTypeError, parse_type


def read_create(reader: TokenReader) -> CreateTable | CreateView:
    """Read CREATE TABLE or VIEW."""
    reader.expect("CREATE")
    or_replace = reader.skip("OR", "REPLACE")
    if or_replace or reader.sees("VIEW"):
        return _create_view(reader, or_replace=or_replace)
    reader.expect("TABLE")
    if_not_exists = reader.skip("IF", "NOT", "EXISTS")
    statement = CreateTable(reader.table(), if_not_exists)
    if reader.skip("LIKE"):
        statement = replace(statement, like=reader.table())
        reader.expect_end()
        return statement
    if reader.skip("("):
        statement = replace(statement, columns=_columns(reader))
    statement = _table_clauses(reader, statement)
    if reader.skip("AS"):
        return replace(statement, source=read_query(reader))
    if not statement.columns:
        raise reader.unexpected()
    return statement


def _create_view(reader: TokenReader, *, or_replace: bool) -> CreateView:
    reader.expect("VIEW")
    if_not_exists = reader.skip("IF", "NOT", "EXISTS")
    table = reader.table()
    reader.expect("AS")
    return CreateView(table, read_query(reader), if_not_exists, or_replace)


def _table_clauses(reader: TokenReader, statement: CreateTable) -> CreateTable:
    """Read the clauses after the columns; the sandbox ignores some of them."""
    while not reader.is_at_end and not reader.sees("AS"):
        if reader.skip("COMMENT"):
            statement = replace(statement, comment=reader.string())
        elif reader.skip("PARTITIONED BY"):
            reader.expect("(")
            statement = replace(statement, partition_columns=_columns(reader))
        elif reader.skip("LIFECYCLE"):
            statement = replace(statement, lifecycle=reader.number())
        elif reader.skip("STORED", "AS"):
            reader.take()
        elif reader.skip("TBLPROPERTIES"):
            is_transactional = reader.properties().get("transactional", "").lower() == "true"
            statement = replace(statement, is_transactional=is_transactional)
        else:
            raise reader.unexpected()
    return statement


def _columns(reader: TokenReader) -> tuple[Column, ...]:
    columns = []
    while True:
        name = reader.name()
        data_type = _type(reader)
        reader.skip("NOT", "NULL")
        comment = reader.string() if reader.skip("COMMENT") else ""
        columns.append(Column(name, data_type, comment))
        if not reader.skip(","):
            reader.expect(")")
            return tuple(columns)


def _type(reader: TokenReader) -> DataType:
    position, text = reader.position, reader.type_text()
    try:
        return parse_type(text)
    except UnknownTypeError as error:
        raise parse_exception(position, f"invalid type '{error}'") from error


def read_drop(reader: TokenReader) -> DropTable:
    """Read DROP TABLE or VIEW."""
    reader.expect("DROP")
    is_view = reader.skip("VIEW")
    if not is_view:
        reader.expect("TABLE")
    if_exists = reader.skip("IF", "EXISTS")
    table = reader.table()
    reader.expect_end()
    return DropTable(table, if_exists, is_view)


def read_truncate(reader: TokenReader) -> TruncateTable:
    """Read TRUNCATE TABLE."""
    reader.expect("TRUNCATE")
    reader.expect("TABLE")
    table = reader.table()
    partition = reader.partition() if reader.sees("PARTITION") else ()
    reader.expect_end()
    return TruncateTable(table, partition)


def read_alter(reader: TokenReader) -> ChangePartition:
    """Read ALTER TABLE … ADD or DROP PARTITION."""
    reader.expect("ALTER")
    reader.expect("TABLE")
    table = reader.table()
    is_add = reader.skip("ADD")
    if not is_add:
        reader.expect("DROP")
    is_lenient = reader.skip("IF", "NOT", "EXISTS") if is_add else reader.skip("IF", "EXISTS")
    partition = reader.partition()
    reader.expect_end()
    return ChangePartition(table, is_add, is_lenient, partition)


def read_describe(reader: TokenReader) -> Describe:
    """Read DESC."""
    reader.take()
    reader.skip("EXTENDED")
    reader.skip("TABLE")
    table = reader.table()
    partition = reader.partition() if reader.sees("PARTITION") else ()
    reader.expect_end()
    return Describe(table, partition)


def read_show(reader: TokenReader) -> ShowTables | ShowPartitions | ShowCreateTable:
    """Read SHOW TABLES, PARTITIONS or CREATE TABLE."""
    reader.expect("SHOW")
    if reader.skip("PARTITIONS"):
        table = reader.table()
        reader.expect_end()
        return ShowPartitions(table)
    if reader.skip("CREATE", "TABLE"):
        table = reader.table()
        reader.expect_end()
        return ShowCreateTable(table)
    reader.expect("TABLES")
    project = reader.name() if reader.skip("IN") else None
    pattern = reader.string() if reader.skip("LIKE") else None
    reader.expect_end()
    return ShowTables(project, pattern)
