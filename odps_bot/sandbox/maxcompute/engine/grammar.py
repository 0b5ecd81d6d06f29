"""Read statements: queries with sqlglot, the rest word by word.

Every refusal is a parse exception that says where and what.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlglot import Token, TokenType, exp
from sqlglot.errors import ParseError

from odps_bot.sandbox.maxcompute.engine.catalog import Column
from odps_bot.sandbox.maxcompute.engine.dialect import MaxCompute
from odps_bot.sandbox.maxcompute.engine.errors import SqlError, parse_exception, semantic_exception
from odps_bot.sandbox.maxcompute.engine.positions import position_at
from odps_bot.sandbox.maxcompute.engine.script import Statement
from odps_bot.sandbox.maxcompute.engine.statements import (
    Assignment,
    ChangePartition,
    CreateTable,
    CreateView,
    Describe,
    DropTable,
    Explain,
    Insert,
    Parsed,
    Query,
    ShowCreateTable,
    ShowPartitions,
    ShowTables,
    TableName,
    TruncateTable,
)
from odps_bot.sandbox.maxcompute.engine.types import DataType, UnknownTypeError, parse_type
from odps_bot.sandbox.maxcompute.engine.words import Words

#: A comma before one of these ends a list that has not ended.
_AFTER_LIST = {TokenType.COMMA, TokenType.R_PAREN, TokenType.FROM, TokenType.WHERE}


def parse(statement: Statement) -> tuple[Parsed, ...]:
    """Read a statement; raises `SqlError`, a parse exception.

    There is one, but for `FROM t INSERT … INSERT …`, which is as many as there are inserts.
    """
    words = Words(statement)
    reader = _READERS.get(statement.keyword)
    if reader is None:
        raise words.unexpected()
    parsed = reader(words)
    return parsed if isinstance(parsed, tuple) else (parsed,)


def _query(words: Words) -> Query:
    position = words.position
    return Query(_tree(words, exp.Query), position)


def _from(words: Words) -> Query | tuple[Insert, ...]:
    position = words.position
    tree = _tree(words, (exp.Query, exp.MultitableInserts))
    if not isinstance(tree, exp.MultitableInserts):
        return Query(tree, position)
    inserts = []
    for insert in tree.expressions:
        insert.expression.set("from_", exp.From(this=tree.args["source"].copy()))
        inserts.append(_insert_of(insert, words))
    return tuple(inserts)


def _assignment(words: Words) -> Assignment:
    words.expect("@")
    name = words.name()
    words.expect(":=")
    return Assignment(name, _query(words))


def _with(words: Words) -> Query | Insert:
    position = words.position
    tree = _tree(words, (exp.Query, exp.Insert))
    return _insert_of(tree, words) if isinstance(tree, exp.Insert) else Query(tree, position)


def _insert(words: Words) -> Insert:
    tree = _tree(words, exp.Insert)
    if not isinstance(tree, exp.Insert):
        raise words.unexpected_end()
    return _insert_of(tree, words)


def _tree(words: Words, kinds: type | tuple[type, ...]) -> exp.Expr:
    """Hand the remaining words to sqlglot."""
    text, tokens = words.text, words.rest()
    _check_commas(tokens, words)
    try:
        trees = MaxCompute().parser().parse(list(tokens), text)
    except ParseError as error:
        raise _from_sqlglot(error, tokens, text) from error
    tree = trees[0] if trees else None
    if tree is None or not isinstance(tree, kinds):
        raise parse_exception(
            position_at(text, tokens[0].start), f"invalid token '{tokens[0].text}'"
        )
    if _breaks_off(tree):
        raise words.unexpected_end()
    return tree


def _breaks_off(tree: exp.Expr) -> bool:
    """Tell whether SELECT or GROUP BY is empty, which sqlglot lets pass."""
    if any(not select.expressions for select in tree.find_all(exp.Select)):
        return True
    groups = tree.find_all(exp.Group)
    return any(not any(group.args.get(key) for key in group.arg_types) for group in groups)


def _check_commas(tokens: tuple[Token, ...], words: Words) -> None:
    """Refuse lists with a hole, which sqlglot lets pass."""
    for index, token in enumerate(tokens):
        if token.token_type is not TokenType.COMMA:
            continue
        if index + 1 == len(tokens):
            raise words.unexpected_end()
        following = tokens[index + 1]
        if following.token_type in _AFTER_LIST:
            raise parse_exception(
                position_at(words.text, following.start), f"invalid token '{following.text}'"
            )


def _from_sqlglot(error: ParseError, tokens: tuple[Token, ...], text: str) -> SqlError:
    first = error.errors[0] if error.errors else {}
    line, end = first.get("line"), first.get("col")
    for index, token in enumerate(tokens):
        if token.line == line and token.col == end:
            is_last = index + 1 == len(tokens)
            # Such complaints name the last word that was still fine.
            if is_last and re.match(r"Required keyword|Expect", first.get("description") or ""):
                break
            return parse_exception(position_at(text, token.start), f"invalid token '{token.text}'")
    last = tokens[-1]
    return parse_exception(position_at(text, last.end + 1), "invalid token '<EOF>'")


def _insert_of(tree: exp.Insert, words: Words) -> Insert:
    target, columns = tree.this, ()
    if isinstance(target, exp.Schema):
        columns = tuple(column.name.lower() for column in target.expressions)
        target = target.this
    if not isinstance(target, exp.Table) or tree.expression is None:
        raise words.unexpected_end()
    query = tree.expression
    if (common := tree.args.get("with_")) is not None:
        query.set("with_", common)
    start = target.this.meta.get("start", 0)
    position = position_at(words.text, start)
    return Insert(
        table=TableName(target.name, position, target.db or None),
        source=Query(query, position),
        is_overwrite=bool(tree.args.get("overwrite")),
        partition=_partition_of(target.args.get("partition")),
        columns=columns,
    )


def _change_rows(words: Words) -> Parsed:
    raise semantic_exception(
        words.position, f"{words.take().text.upper()} is only supported on transactional tables"
    )


def _partition_of(partition: exp.Expr | None) -> tuple[tuple[str, str | None], ...]:
    pairs: list[tuple[str, str | None]] = []
    for part in partition.expressions if partition else ():
        if isinstance(part, exp.EQ):
            pairs.append((part.this.name.lower(), part.expression.name))
        else:
            pairs.append((part.name.lower(), None))
    return tuple(pairs)


def _create(words: Words) -> CreateTable | CreateView:
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
        return replace(statement, source=_query(words))
    if not statement.columns:
        raise words.unexpected()
    return statement


def _create_view(words: Words, *, or_replace: bool) -> CreateView:
    words.expect("VIEW")
    if_not_exists = words.skip("IF", "NOT", "EXISTS")
    table = words.table()
    words.expect("AS")
    return CreateView(table, _query(words), if_not_exists, or_replace)


def _table_clauses(words: Words, statement: CreateTable) -> CreateTable:
    """Read COMMENT, PARTITIONED BY, LIFECYCLE and what the sandbox knows but does not need."""
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
            words.skip_parentheses()
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


def _drop(words: Words) -> DropTable:
    words.expect("DROP")
    is_view = words.skip("VIEW")
    if not is_view:
        words.expect("TABLE")
    if_exists = words.skip("IF", "EXISTS")
    table = words.table()
    words.expect_end()
    return DropTable(table, if_exists, is_view)


def _truncate(words: Words) -> TruncateTable:
    words.expect("TRUNCATE")
    words.expect("TABLE")
    table = words.table()
    partition = words.partition() if words.sees("PARTITION") else ()
    words.expect_end()
    return TruncateTable(table, partition)


def _alter(words: Words) -> ChangePartition:
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


def _describe(words: Words) -> Describe:
    words.take()
    words.skip("EXTENDED")
    words.skip("TABLE")
    table = words.table()
    partition = words.partition() if words.sees("PARTITION") else ()
    words.expect_end()
    return Describe(table, partition)


def _show(words: Words) -> ShowTables | ShowPartitions | ShowCreateTable:
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


def _explain(words: Words) -> Explain:
    words.expect("EXPLAIN")
    if words.is_at_end:
        raise words.unexpected()
    statements = parse(words.statement())
    if not isinstance(statements[0], Query | Insert):
        raise words.unexpected()
    return Explain(statements[0])


_READERS: Mapping[str, Callable[[Words], Parsed | tuple[Insert, ...]]] = {
    "SELECT": _query,
    "FROM": _from,
    "VALUES": _query,
    "(": _query,
    "WITH": _with,
    "@": _assignment,
    "INSERT": _insert,
    "CREATE": _create,
    "DROP": _drop,
    "TRUNCATE": _truncate,
    "ALTER": _alter,
    "DESC": _describe,
    "DESCRIBE": _describe,
    "SHOW": _show,
    "EXPLAIN": _explain,
    "UPDATE": _change_rows,
    "DELETE": _change_rows,
    "MERGE": _change_rows,
}
