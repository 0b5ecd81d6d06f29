"""Parses queries and inserts with sqlglot.

Every error is a parse exception with its position.
"""

import re

from sqlglot import Token, TokenType, exp
from sqlglot.errors import ParseError

from odps_bot.sandbox.maxcompute.engine.dialect import MaxCompute
from odps_bot.sandbox.maxcompute.engine.errors import SqlError, parse_exception
from odps_bot.sandbox.maxcompute.engine.positions import position_at
from odps_bot.sandbox.maxcompute.engine.statements import Assignment, Insert, Query, TableName
from odps_bot.sandbox.maxcompute.engine.token_reader import TokenReader

#: A comma before one of these is an error.
_AFTER_LIST = {TokenType.COMMA, TokenType.R_PAREN, TokenType.FROM, TokenType.WHERE}


def read_query(reader: TokenReader) -> Query:
    """Read SELECT, VALUES or a query in parentheses."""
    position = reader.position
    return Query(read_tree(reader, exp.Query), position)


def read_from(reader: TokenReader) -> Query | tuple[Insert, ...]:
    """Read `FROM t SELECT …` and `FROM t INSERT … INSERT …`."""
    position = reader.position
    tree = read_tree(reader, (exp.Query, exp.MultitableInserts))
    if not isinstance(tree, exp.MultitableInserts):
        return Query(tree, position)
    inserts = []
    for insert in tree.expressions:
        insert.expression.set("from_", exp.From(this=tree.args["source"].copy()))
        inserts.append(_insert_of(insert, reader))
    return tuple(inserts)


def read_assignment(reader: TokenReader) -> Assignment:
    """Read `@x := SELECT …`."""
    reader.expect("@")
    name = reader.name()
    reader.expect(":=")
    return Assignment(name, read_query(reader))


def read_with(reader: TokenReader) -> Query | Insert:
    """Read a query or an insert after WITH."""
    position = reader.position
    tree = read_tree(reader, (exp.Query, exp.Insert))
    return _insert_of(tree, reader) if isinstance(tree, exp.Insert) else Query(tree, position)


def read_insert(reader: TokenReader) -> Insert:
    """Read INSERT INTO or OVERWRITE."""
    tree = read_tree(reader, exp.Insert)
    if not isinstance(tree, exp.Insert):
        raise reader.unexpected_end()
    return _insert_of(tree, reader)


def read_tree(reader: TokenReader, kinds: type | tuple[type, ...]) -> exp.Expr:
    """Parse the remaining tokens with sqlglot."""
    text, tokens = reader.text, reader.rest()
    _check_commas(tokens, reader)
    try:
        trees = MaxCompute().parser().parse(list(tokens), text)
    except ParseError as error:
        raise _from_sqlglot(error, tokens, text) from error
    tree = trees[0] if trees else None
    if tree is None or not isinstance(tree, kinds):
        raise parse_exception(
            position_at(text, tokens[0].start), f"invalid token '{tokens[0].text}'"
        )
    if _is_incomplete(tree):
        raise reader.unexpected_end()
    return tree


def _is_incomplete(tree: exp.Expr) -> bool:
    """Return whether SELECT or GROUP BY is empty, which sqlglot accepts."""
    if any(not select.expressions for select in tree.find_all(exp.Select)):
        return True
    groups = tree.find_all(exp.Group)
    return any(not any(group.args.get(key) for key in group.arg_types) for group in groups)


def _check_commas(tokens: tuple[Token, ...], reader: TokenReader) -> None:
    """Refuse lists with a missing item, which sqlglot accepts."""
    for index, token in enumerate(tokens):
        if token.token_type is not TokenType.COMMA:
            continue
        if index + 1 == len(tokens):
            raise reader.unexpected_end()
        following = tokens[index + 1]
        if following.token_type in _AFTER_LIST:
            raise parse_exception(
                position_at(reader.text, following.start), f"invalid token '{following.text}'"
            )


def _from_sqlglot(error: ParseError, tokens: tuple[Token, ...], text: str) -> SqlError:
    first = error.errors[0] if error.errors else {}
    line, end = first.get("line"), first.get("col")
    for index, token in enumerate(tokens):
        if token.line == line and token.col == end:
            is_last = index + 1 == len(tokens)
            # Such errors name the last valid token.
            if is_last and re.match(r"Required keyword|Expect", first.get("description") or ""):
                break
            return parse_exception(position_at(text, token.start), f"invalid token '{token.text}'")
    last = tokens[-1]
    return parse_exception(position_at(text, last.end + 1), "invalid token '<EOF>'")


def _insert_of(tree: exp.Insert, reader: TokenReader) -> Insert:
    target, columns = tree.this, ()
    if isinstance(target, exp.Schema):
        columns = tuple(column.name.lower() for column in target.expressions)
        target = target.this
    if not isinstance(target, exp.Table) or tree.expression is None:
        raise reader.unexpected_end()
    query = tree.expression
    if (common := tree.args.get("with_")) is not None:
        query.set("with_", common)
    start = target.this.meta.get("start", 0)
    position = position_at(reader.text, start)
    return Insert(
        table=TableName(target.name, position, target.catalog or target.db or None),
        source=Query(query, position),
        is_overwrite=bool(tree.args.get("overwrite")),
        partition=_partition_of(target.args.get("partition")),
        columns=columns,
    )


def _partition_of(partition: exp.Expr | None) -> tuple[tuple[str, str | None], ...]:
    pairs: list[tuple[str, str | None]] = []
    for part in partition.expressions if partition else ():
        if isinstance(part, exp.EQ):
            pairs.append((part.this.name.lower(), part.expression.name))
        else:
            pairs.append((part.name.lower(), None))
    return tuple(pairs)
