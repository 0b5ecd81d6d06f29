"""Parses queries and inserts with sqlglot.

Every error is a parse exception with its position.
"""

import re

from sqlglot import Token, TokenType, exp
from sqlglot.errors import ParseError

from odps_bot.sandbox.maxcompute.engine.dialect import MaxCompute
from odps_bot.sandbox.maxcompute.engine.errors import SqlError, parse_exception
from odps_bot.sandbox.maxcompute.engine.positions import position_at
from odps_bot.sandbox.maxcompute.engine.statements import Assignment, Insert, Query, table_name
from odps_bot.sandbox.maxcompute.engine.token_reader import TokenReader

#: A comma after one of these is an error.
_BEFORE_LIST = {TokenType.SELECT, TokenType.FROM, TokenType.L_PAREN}
#: Operators of other dialects.
_FOREIGN = {TokenType.DCOLON, TokenType.ILIKE}
#: What can be a name, and the beginning of an alias.
_NAMES = {TokenType.ALIAS, TokenType.VAR}
#: Words that sqlglot takes for names where the word that they need is missing.
_RESERVED = {"GROUP", "ORDER", "CLUSTER", "DISTRIBUTE", "SORT", "PARTITIONED"}
#: A comma before one of these is an error.
_AFTER_LIST = {TokenType.COMMA, TokenType.R_PAREN, TokenType.FROM, TokenType.WHERE}


def read_query(reader: TokenReader) -> Query:
    """Read SELECT, VALUES or a query in parentheses."""
    position = reader.position
    tree = read_tree(reader, (exp.Query, exp.Values))
    return Query(_as_select(tree) if isinstance(tree, exp.Values) else tree, position)


def _as_select(values: exp.Values) -> exp.Expr:
    """Return `SELECT * FROM VALUES …`; the columns are called `_c0`, `_c1` and so on."""
    first = values.expressions[0] if values.expressions else values
    width = len(first.expressions) if isinstance(first, exp.Tuple) else 1
    names = [exp.to_identifier(f"_c{place}") for place in range(width)]
    values.set("alias", exp.TableAlias(this=exp.to_identifier("_values"), columns=names))
    return exp.select("*").from_(values, copy=False)


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
    _check_tokens(tokens, reader)
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


def _check_tokens(tokens: tuple[Token, ...], reader: TokenReader) -> None:
    """Refuse what sqlglot accepts, but the service does not."""
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else None
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        if token.token_type is TokenType.COMMA:
            _check_comma(token, before, following, reader)
        elif token.token_type is TokenType.IN:
            _check_list(tokens[index + 1 : index + 3], reader)
        elif token.token_type in _FOREIGN and _is_written(token, reader):
            raise _unexpected(token, reader)
        elif _is_within_group(token, before):
            continue
        elif token.token_type in _NAMES and token.text.upper() in _RESERVED:
            raise _unexpected(token, reader) if following else reader.unexpected_end()
        elif _is_star_of_select(token, before) and following and following.token_type in _NAMES:
            raise _unexpected(following, reader)


def _is_written(token: Token, reader: TokenReader) -> bool:
    """Return whether a token is in the text; sqlglot adds `::` within `3.5BD`."""
    written = reader.text[token.start : token.start + len(token.text)]
    return written.upper() == token.text.upper()


def _check_comma(
    token: Token, before: Token | None, following: Token | None, reader: TokenReader
) -> None:
    if following is None:
        raise reader.unexpected_end()
    if following.token_type in _AFTER_LIST:
        raise _unexpected(following, reader)
    if before and before.token_type in _BEFORE_LIST:
        raise _unexpected(token, reader)


def _check_list(following: tuple[Token, ...], reader: TokenReader) -> None:
    if not following:
        raise reader.unexpected_end()
    if [token.text for token in following] == ["(", ")"]:
        raise _unexpected(following[1], reader)


def _is_within_group(token: Token, before: Token | None) -> bool:
    words = (before.text.upper() if before else "", token.text.upper())
    return words == ("WITHIN", "GROUP")


def _is_star_of_select(token: Token, before: Token | None) -> bool:
    is_star = token.token_type is TokenType.STAR
    return is_star and before is not None and before.token_type is TokenType.SELECT


def _unexpected(token: Token, reader: TokenReader) -> SqlError:
    return parse_exception(position_at(reader.text, token.start), f"invalid token '{token.text}'")


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
        table=table_name(target, position),
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
