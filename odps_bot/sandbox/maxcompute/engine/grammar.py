"""Parses statements by their first keyword."""

from collections.abc import Callable, Mapping

from odps_bot.sandbox.maxcompute.engine import ddl, queries, row_changes
from odps_bot.sandbox.maxcompute.engine.script import Statement
from odps_bot.sandbox.maxcompute.engine.statements import (
    ChangeRows,
    Explain,
    Insert,
    Parsed,
    Query,
)
from odps_bot.sandbox.maxcompute.engine.token_reader import TokenReader


def parse(statement: Statement) -> tuple[Parsed, ...]:
    """Read a statement; raises `SqlError`, a parse exception.

    Returns one statement, except for `FROM t INSERT … INSERT …`, which has one per INSERT.
    """
    reader = TokenReader(statement)
    read = _READERS.get(statement.keyword)
    if read is None:
        raise reader.unexpected()
    parsed = read(reader)
    return parsed if isinstance(parsed, tuple) else (parsed,)


def _explain(reader: TokenReader) -> Explain:
    reader.expect("EXPLAIN")
    if reader.is_at_end:
        raise reader.unexpected()
    statements = parse(reader.statement())
    if not isinstance(statements[0], Query | Insert | ChangeRows):
        raise reader.unexpected()
    return Explain(statements[0])


_READERS: Mapping[str, Callable[[TokenReader], Parsed | tuple[Insert, ...]]] = {
    "SELECT": queries.read_query,
    "FROM": queries.read_from,
    "VALUES": queries.read_query,
    "(": queries.read_query,
    "WITH": queries.read_with,
    "@": queries.read_assignment,
    "INSERT": queries.read_insert,
    "CREATE": ddl.read_create,
    "DROP": ddl.read_drop,
    "TRUNCATE": ddl.read_truncate,
    "ALTER": ddl.read_alter,
    "DESC": ddl.read_describe,
    "DESCRIBE": ddl.read_describe,
    "SHOW": ddl.read_show,
    "EXPLAIN": _explain,
    "UPDATE": row_changes.read_update,
    "DELETE": row_changes.read_delete,
    "MERGE": row_changes.read_merge,
}
