"""Read the statements about tables, word by word.

Every refusal is a parse exception that says where and what.
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
from odps_bot.sandbox.maxcompute.engine.token_reader import Words
from odps_bot.sandbox.maxcompute.engine.types import DataType, UnknownTypeError, parse_type


def read_create(words: Words) -> CreateTable | CreateView:
    """Read CREATE TABLE or VIEW."""
    words.expect("CREATE")
    or_replace = words.skip("OR", "REPLACE")
    if or_replace or words.sees("VIEW"):
        return _create_view(words, or_replace=or_replace)
    words.expect("TABLE")
    if_not_exists = words.skip("IF", "NOT", "EXISTS")
    statement = CreateTable(words.table(), if_not_exists)
    if words.skip("LIKE"):
        statement = replace(statement, like=words.table())
        words.expect_end()
        return statement
    if words.skip("("):
        statement = replace(statement, columns=_columns(words))
    statement = _table_clauses(words, statement)
    if words.skip("AS"):
        return replace(statement, source=read_query(words))
    if not statement.columns:
        raise words.unexpected()
    return statement


def _create_view(words: Words, *, or_replace: bool) -> CreateView:
    words.expect("VIEW")
    if_not_exists = words.skip("IF", "NOT", "EXISTS")
    table = words.table()
    words.expect("AS")
    return CreateView(table, read_query(words), if_not_exists, or_replace)


def _table_clauses(words: Words, statement: CreateTable) -> CreateTable:
    """Read what stands behind the columns; the sandbox does not need all of it."""
    while not words.is_at_end and not words.sees("AS"):
        if words.skip("COMMENT"):
            statement = replace(statement, comment=words.string())
        elif words.skip("PARTITIONED BY"):
            words.expect("(")
            statement = replace(statement, partition_columns=_columns(words))
        elif words.skip("LIFECYCLE"):
            statement = replace(statement, lifecycle=words.number())
        elif words.skip("STORED", "AS"):
            words.take()
        elif words.skip("TBLPROPERTIES"):
            is_transactional = words.properties().get("transactional", "").lower() == "true"
            statement = replace(statement, is_transactional=is_transactional)
        else:
            raise words.unexpected()
    return statement


def _columns(words: Words) -> tuple[Column, ...]:
    columns = []
    while True:
        name = words.name()
        data_type = _type(words)
        words.skip("NOT", "NULL")
        comment = words.string() if words.skip("COMMENT") else ""
        columns.append(Column(name, data_type, comment))
        if not words.skip(","):
            words.expect(")")
            return tuple(columns)


def _type(words: Words) -> DataType:
    position, text = words.position, words.type_text()
    try:
        return parse_type(text)
    except UnknownTypeError as error:
        raise parse_exception(position, f"invalid type '{error}'") from error


def read_drop(words: Words) -> DropTable:
    """Read DROP TABLE or VIEW."""
    words.expect("DROP")
    is_view = words.skip("VIEW")
    if not is_view:
        words.expect("TABLE")
    if_exists = words.skip("IF", "EXISTS")
    table = words.table()
    words.expect_end()
    return DropTable(table, if_exists, is_view)


def read_truncate(words: Words) -> TruncateTable:
    """Read TRUNCATE TABLE."""
    words.expect("TRUNCATE")
    words.expect("TABLE")
    table = words.table()
    partition = words.partition() if words.sees("PARTITION") else ()
    words.expect_end()
    return TruncateTable(table, partition)


def read_alter(words: Words) -> ChangePartition:
    """Read ALTER TABLE … ADD or DROP PARTITION."""
    words.expect("ALTER")
    words.expect("TABLE")
    table = words.table()
    is_add = words.skip("ADD")
    if not is_add:
        words.expect("DROP")
    is_lenient = words.skip("IF", "NOT", "EXISTS") if is_add else words.skip("IF", "EXISTS")
    partition = words.partition()
    words.expect_end()
    return ChangePartition(table, is_add, is_lenient, partition)


def read_describe(words: Words) -> Describe:
    """Read DESC."""
    words.take()
    words.skip("EXTENDED")
    words.skip("TABLE")
    table = words.table()
    partition = words.partition() if words.sees("PARTITION") else ()
    words.expect_end()
    return Describe(table, partition)


def read_show(words: Words) -> ShowTables | ShowPartitions | ShowCreateTable:
    """Read SHOW TABLES, PARTITIONS or CREATE TABLE."""
    words.expect("SHOW")
    if words.skip("PARTITIONS"):
        table = words.table()
        words.expect_end()
        return ShowPartitions(table)
    if words.skip("CREATE", "TABLE"):
        table = words.table()
        words.expect_end()
        return ShowCreateTable(table)
    words.expect("TABLES")
    project = words.name() if words.skip("IN") else None
    pattern = words.string() if words.skip("LIKE") else None
    words.expect_end()
    return ShowTables(project, pattern)
