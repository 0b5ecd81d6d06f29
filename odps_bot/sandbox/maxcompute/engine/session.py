"""The context of a statement: catalog, text, time and settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine.catalog import Catalog, Table
from odps_bot.sandbox.maxcompute.engine.errors import table_not_found
from odps_bot.sandbox.maxcompute.engine.positions import NOWHERE, Position, position_at
from odps_bot.sandbox.maxcompute.engine.statements import TableName
from odps_bot.sandbox.maxcompute.engine.tasks_history import TasksHistory
from odps_bot.sandbox.maxcompute.engine.time_zones import DEFAULT


@dataclass(frozen=True)
class Session:
    """The context in which a statement is analyzed."""

    catalog: Catalog
    history: TasksHistory
    project: str
    #: The text to which positions refer.
    text: str
    now: datetime
    #: The number of the account that runs the statement.
    user_id: str = "0"
    #: Whether invalid casts return NULL instead of failing.
    is_lenient: bool = False
    allows_full_scan: bool = False
    #: Whether INT and the other types of edition 2.0 are enabled.
    has_new_types: bool = False
    #: Whether ORDER BY without LIMIT is refused, as in projects that keep the service's default.
    orders_need_limit: bool = False
    #: Whether names can have a schema between project and table.
    has_schemas: bool = False
    #: The zone in which the statement writes and shows times.
    time_zone: str = DEFAULT
    #: Queries named by a script.
    variables: Mapping[str, exp.Expr] = field(default_factory=dict)

    def find_table(self, name: TableName) -> Table:
        """Return a table; raises `SqlError` for an unknown one."""
        table = self.look_up(name)
        if table is None:
            project = (name.project or self.project).lower()
            raise table_not_found(name.position, project, name.name.lower())
        if table.shows_history:
            self.history.refresh(self.now)
        return table

    def look_up(self, name: TableName) -> Table | None:
        """Return a table, or None."""
        found = self.catalog.find((name.project or self.project).lower(), name.name)
        if found is None and (self.has_schemas or not name.schema):
            return self.history.find(name, project=self.project, now=self.now)
        return found

    def position_of(self, name: str, tree: exp.Expr) -> Position:
        """Return the first position of a name in a query."""
        for identifier in tree.find_all(exp.Identifier, bfs=False):
            if identifier.name.lower() == name.lower() and "start" in identifier.meta:
                return self.position(identifier)
        for function in tree.find_all(exp.Func, bfs=False):
            called = function.name if isinstance(function, exp.Anonymous) else function.sql_name()
            if called.lower() == name.lower():
                return self.position(function)
        star = tree.find(exp.Star) if name else None
        return NOWHERE if star is None else self.position(star)

    def position(self, node: exp.Expr) -> Position:
        """Return the position of a node."""
        start = node.meta.get("start")
        return NOWHERE if start is None else position_at(self.text, start)
