"""Gives every expression of a query its type in MaxCompute, and converts operands as it does.

Conversions become casts in the tree. Where a type isn't known, the expression is left to DuckDB.
Vendor pages: https://www.alibabacloud.com/help/en/maxcompute/user-guide/type-conversions and
https://www.alibabacloud.com/help/en/maxcompute/user-guide/operators
"""

from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine.catalog import Table
from odps_bot.sandbox.maxcompute.engine.conversions import common
from odps_bot.sandbox.maxcompute.engine.errors import SqlError, semantic_exception
from odps_bot.sandbox.maxcompute.engine.expression_types import TYPED_AS
from odps_bot.sandbox.maxcompute.engine.expressions import Expressions, Probe
from odps_bot.sandbox.maxcompute.engine.functions.table_functions import OF_STRUCT
from odps_bot.sandbox.maxcompute.engine.node_positions import position_of_node
from odps_bot.sandbox.maxcompute.engine.query_checks import check_select
from odps_bot.sandbox.maxcompute.engine.scopes import Scope, Source, Typed
from odps_bot.sandbox.maxcompute.engine.session import Session
from odps_bot.sandbox.maxcompute.engine.types import DataType

Columns = tuple[Typed, ...] | None


class Inference:
    """The types of one statement's queries."""

    def __init__(self, tables: Mapping[int, Table], session: Session, probe: Probe) -> None:
        #: By `id` of the node in the tree.
        self._tables = tables
        self._session = session
        self.warnings: list[str] = []
        self._expressions = Expressions(session, probe, self.query, self.warnings, TYPED_AS)

    def query(self, node: exp.Expr, outer: Scope | None = None) -> Columns:
        """Return the columns of a query, None if not known; raises `SqlError`."""
        scope = Scope(common=outer.common if outer else {}, outer=outer)
        if (clause := node.args.get("with_")) is not None:
            scope = self._with(clause, scope)
        if isinstance(node, exp.Subquery):
            columns = self.query(node.this, scope)
        elif isinstance(node, exp.SetOperation):
            columns = self._union(node, scope)
        elif isinstance(node, exp.Values):
            columns = self._values(node, scope)
        elif isinstance(node, exp.Select):
            columns = self._select(node, scope)
        else:
            return None
        return columns

    def _with(self, clause: exp.Expr, scope: Scope) -> Scope:
        for cte in clause.expressions:
            columns = None if clause.args.get("recursive") else self.query(cte.this, scope)
            columns = self._renamed(columns, cte.args.get("alias"))
            scope = replace(scope, common={**scope.common, cte.alias.lower(): columns})
        return scope

    def _union(self, node: exp.SetOperation, scope: Scope) -> Columns:
        left, right = self.query(node.this, scope), self.query(node.expression, scope)
        order = node.args.get("order")
        if left is None or right is None:
            return None
        if len(left) != len(right):
            raise self._union_error(
                node, "both sides of union must have the same number of columns"
            )
        kinds: list[DataType | None] = []
        for (name, ours), (_, theirs) in zip(left, right, strict=True):
            kinds.append(self._united(node, name, ours, theirs))
        for side in (node.this, node.expression):
            self._cast_columns(side, kinds)
        columns = tuple((name, kind) for (name, _), kind in zip(left, kinds, strict=True))
        if order is not None:
            aliases = dict(columns)
            self._expressions.visit_all(order, replace(scope, aliases=aliases))
        return columns

    def _united(
        self, node: exp.Expr, name: str, ours: DataType | None, theirs: DataType | None
    ) -> DataType | None:
        """Return the type of a column of both sides.

        Texts aren't converted to other types here, nor the reverse, unlike in CASE.
        Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/intersect-union-and-except
        """
        if ours is None or theirs is None:
            return None
        kind = common([ours, theirs])
        is_text = kind is not None and kind.name == "string"
        names = {ours.name, theirs.name} - {"void", "varchar", "char"}
        if kind is None or (is_text and not names <= {"string"}):
            shown = f"{ours} and {theirs}".upper().replace(" AND ", " and ")
            raise self._union_error(node, f"column {name} has incompatible types {shown}")
        return kind

    def _union_error(self, node: exp.Expr, detail: str) -> SqlError:
        position = position_of_node(node.expression, self._session.text)
        return SqlError(f"ODPS-0130241:{position} Illegal union operation - {detail}")

    def _cast_columns(self, side: exp.Expr, kinds: list[DataType | None]) -> None:
        query = side.unnest() if isinstance(side, exp.Subquery) else side
        if isinstance(query, exp.SetOperation):
            self._cast_columns(query.this, kinds)
            self._cast_columns(query.expression, kinds)
        if not isinstance(query, exp.Select) or len(query.expressions) != len(kinds):
            return
        for projection, kind in zip(list(query.expressions), kinds, strict=True):
            if kind is not None:
                self._expressions.convert_projection(projection, kind)

    def _values(self, node: exp.Values, scope: Scope) -> Columns:
        rows = [
            row.expressions if isinstance(row, exp.Tuple) else [row] for row in node.expressions
        ]
        if len({len(row) for row in rows}) != 1:
            position = position_of_node(node, self._session.text)
            raise semantic_exception(
                position, "rows of VALUES must have the same number of columns"
            )
        typed = [[self._expressions.type_of(value, scope) for value in row] for row in rows]
        kinds = []
        for place, column in enumerate(zip(*typed, strict=True)):
            kind = None if None in column else common(kind for kind in column if kind)
            if kind is None and None not in column:
                raise semantic_exception(
                    position_of_node(node, self._session.text),
                    f"values of column {place + 1} have types that do not go together",
                )
            if kind is not None:
                values = [row.expressions[place] for row in node.expressions if row.expressions]
                for value in values:
                    self._expressions.convert(value, kind)
            kinds.append(kind)
        columns = tuple((f"_c{place}", kind) for place, kind in enumerate(kinds))
        return self._renamed(columns, node.args.get("alias"))

    def _select(self, select: exp.Select, scope: Scope) -> Columns:
        scope = self._sources(select, scope)
        check_select(select, self._session)
        visit = self._expressions
        if (where := select.args.get("where")) is not None:
            visit.condition(where.this, scope)
        columns = self._projections(select, scope)
        aliases = {
            item.alias.lower(): item.this.meta.get("type")
            for item in select.expressions
            if isinstance(item, exp.Alias)
        }
        aliased = replace(scope, aliases=aliases)
        if (group := select.args.get("group")) is not None:
            visit.visit_all(group, aliased)
        if (having := select.args.get("having")) is not None:
            visit.condition(having.this, scope)
        if (qualify := select.args.get("qualify")) is not None:
            visit.condition(qualify.this, aliased)
        for name in ("order", "sort", "cluster", "distribute"):
            if (clause := select.args.get(name)) is not None:
                visit.visit_all(clause, aliased)
        for window in select.args.get("windows") or ():
            visit.visit_all(window, scope)
        return columns

    def _projections(self, select: exp.Select, scope: Scope) -> Columns:
        columns: list[Typed] | None = []
        for place, item in enumerate(list(select.expressions)):
            found = self._projection(item, place, scope)
            columns = None if columns is None or found is None else [*columns, *found]
        return None if columns is None else tuple(columns)

    def _projection(self, item: exp.Expr, place: int, scope: Scope) -> list[Typed] | None:
        if isinstance(item, exp.Star):
            return self._starred(item, scope)
        if isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
            source = scope.source(item.text("table").lower())
            if source is None and scope.is_known:
                position = position_of_node(item.args["table"], self._session.text)
                raise semantic_exception(position, f"invalid table alias {item.text('table')}")
            if source is None or source.columns is None:
                return None
            return list(source.columns)
        if item.meta.get(OF_STRUCT):
            kind = self._expressions.type_of(item.this, scope)
            return list(kind.children) if kind is not None else None
        if isinstance(item, exp.Aliases | exp.Explode | exp.Posexplode):
            call = item.this if isinstance(item, exp.Aliases) else item
            if isinstance(call, exp.Explode):
                self._exploded(call, scope)
            else:
                self._expressions.visit_all(item, scope)
            return None
        kind = self._expressions.type_of(item, scope)
        return [(item.alias_or_name.lower() or f"_c{place}", kind)]

    def _starred(self, star: exp.Star, scope: Scope) -> list[Typed] | None:
        if not scope.is_known or star.args.get("except_") or star.args.get("replace"):
            return None
        if not scope.sources:
            position = position_of_node(star, self._session.text)
            raise semantic_exception(position, "SELECT * with no table specified is not valid")
        columns: list[Typed] = []
        for source in scope.sources:
            for column in source.columns or ():
                is_repeated = column[0] in scope.merged and any(c[0] == column[0] for c in columns)
                if not is_repeated:
                    columns.append(column)
        return columns

    def _sources(self, select: exp.Select, scope: Scope) -> Scope:
        source = select.args.get("from_")
        nodes = [] if source is None else [source.this]
        scope = replace(scope, sources=tuple(self._source(node, scope) for node in nodes))
        for join in select.args.get("joins") or ():
            before = scope
            joined = self._source(join.this, scope)
            scope = replace(scope, sources=(*scope.sources, joined))
            if using := join.args.get("using"):
                self._check_using(using, (scope, Scope((joined,))))
                names = frozenset(name.name.lower() for name in using)
                scope = replace(scope, merged=scope.merged | names)
            if (method := join.args.get("method")) and method.upper() == "NATURAL":
                scope = replace(before, sources=(*before.sources, Source(joined.name, None)))
            if (on := join.args.get("on")) is not None:
                self._expressions.condition(on, scope)
            if join.args.get("kind", "").upper() in {"SEMI", "ANTI"}:
                scope = before
        for view in select.args.get("laterals") or ():
            scope = replace(scope, sources=(*scope.sources, self._lateral(view, scope)))
        return scope

    def _check_using(self, using: list[exp.Expr], sides: tuple[Scope, Scope]) -> None:
        for name in using:
            for side in sides:
                if side.is_known and not side.find(name.name.lower()):
                    raise semantic_exception(
                        position_of_node(name, self._session.text),
                        f"column {name.name.lower()} cannot be resolved",
                    )

    def _source(self, node: exp.Expr, scope: Scope) -> Source:
        name = node.alias_or_name.lower()
        if isinstance(node, exp.Table):
            table = self._tables.get(id(node))
            columns: Columns = (
                scope.common.get(node.name.lower())
                if table is None
                else tuple((column.name, column.type) for column in table.all_columns)
            )
            return Source(name, self._joined_inside(node, columns))
        if isinstance(node, exp.Subquery | exp.Values | exp.SetOperation | exp.Select):
            # Neither a subquery nor a table of values in FROM sees the tables beside it.
            inner = Scope(common=scope.common, outer=scope.outer)
            columns = self._renamed(self.query(node, inner), node.args.get("alias"))
            return Source(name, self._joined_inside(node, columns))
        return Source(name, None)

    def _joined_inside(self, node: exp.Expr, columns: Columns) -> Columns:
        """Return None for tables joined in parentheses, which have several aliases."""
        return None if node.args.get("joins") or node.args.get("pivots") else columns

    def _lateral(self, view: exp.Expr, scope: Scope) -> Source:
        alias = view.args.get("alias")
        call = view.this
        kinds: list[DataType | None] = []
        if isinstance(call, exp.Explode):
            kind = self._exploded(call, scope)
            kinds = [child for _, child in kind.children] if kind is not None else []
            if isinstance(call, exp.Posexplode):
                kinds = [DataType("bigint" if not self._session.has_new_types else "int"), *kinds]
        else:
            self._expressions.visit_all(call, scope)
        names = [column.name.lower() for column in alias.columns] if alias is not None else []
        if not names:
            return Source(view.alias.lower(), None)
        padded = [*kinds, *[None] * len(names)][: len(names)]
        return Source(view.alias.lower(), tuple(zip(names, padded, strict=True)))

    def _exploded(self, call: exp.Expr, scope: Scope) -> DataType | None:
        kind = self._expressions.type_of(call.this, scope)
        if kind is not None and kind.name not in {"array", "map", "void"}:
            name = "posexplode" if isinstance(call, exp.Posexplode) else "explode"
            raise self._expressions.wrong_arguments(call, name, [kind])
        return kind

    def _renamed(self, columns: Columns, alias: exp.Expr | None) -> Columns:
        """Return the columns with the names of `AS t(a, b)`."""
        names = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
        if columns is None or not names:
            return columns
        if len(names) != len(columns):
            raise semantic_exception(
                position_of_node(names[0], self._session.text),
                f"alias has {len(names)} columns, but there are {len(columns)}",
            )
        pairs = zip(names, columns, strict=True)
        return tuple((name.name.lower(), kind) for name, (_, kind) in pairs)
