"""Some algorithms of PAI's public library as steps of SQL; pure.

Vendor page: https://www.alibabacloud.com/help/en/pai/user-guide/appendid
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from odps_bot.sandbox.maxcompute.engine.catalog import Table
from odps_bot.sandbox.maxcompute.engine.errors import SqlError
from odps_bot.sandbox.maxcompute.submission import Submission, Task, XFlow

#: The project of PAI's public library.
LIBRARY = "algo_public"
_NAME = re.compile(r"\w+(\.\w+)*", re.ASCII)
_NUMBERS = {"tinyint", "smallint", "int", "bigint", "float", "double", "decimal"}


@dataclass(frozen=True)
class Step:
    """A node of a workflow: a statement or another workflow."""

    name: str
    sql: str = ""
    steps: tuple["Step", ...] = ()


#: Returns the table that a parameter names; raises `SqlError`.
FindTable = Callable[[str], Table]


def algorithms_of(project: str) -> tuple[str, ...]:
    """Return the names of a project's algorithms: only PAI's public library has some."""
    return tuple(_ALGORITHMS) if project.lower() == LIBRARY else ()


def is_known(flow: XFlow) -> bool:
    """Return whether its project has this algorithm."""
    return flow.name.lower() in map(str.lower, algorithms_of(flow.project))


def plan_steps(flow: XFlow, find_table: FindTable) -> tuple[Step, ...]:
    """Return the steps of an algorithm; raises `SqlError` for invalid parameters."""
    plan = next(plan for name, plan in _ALGORITHMS.items() if name.lower() == flow.name.lower())
    return plan(_Parameters(flow.parameters), find_table)


def step_submission(parent: Submission, step: Step) -> Submission:
    """Return the submission for a step of a workflow."""
    settings = {**parent.task.settings, "odps.sql.allow.fullscan": "true"}
    properties = (("settings", json.dumps(settings)),)
    kind = "XFlow" if step.steps else "SQL"
    return Submission(Task(kind, step.name, step.sql, settings, properties), parent.priority)


class _Parameters:
    """Parameters by case-insensitive name."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = {name.lower(): value.strip() for name, value in given.items()}

    def __call__(self, name: str, default: str | None = None) -> str:
        value = self._given.get(name.lower()) or default
        if value is None:
            raise SqlError(f"ODPS-1202005:Algo Job Failed - parameter {name} is missing")
        return value

    def table(self, name: str) -> str:
        """Return a table's name that is safe in SQL."""
        value = self(name)
        if not _NAME.fullmatch(value):
            raise SqlError(f"ODPS-1202005:Algo Job Failed - '{value}' is not a table name")
        return value

    def columns(self, table: Table, *, numbers_only: bool = False) -> list[str]:
        """Return the columns in `selectedColNames`, or all suitable ones."""
        known = {
            column.name
            for column in table.columns
            if not numbers_only or column.type.name in _NUMBERS
        }
        given = self._given.get("selectedcolnames")
        if not given:
            return [column.name for column in table.columns if column.name in known]
        names = [name.strip().lower() for name in given.split(",")]
        if odd := [name for name in names if name not in known]:
            raise SqlError(f"ODPS-1202005:Algo Job Failed - no usable column {odd[0]}")
        return names


def _row_number(columns: str) -> str:
    """Return the number of a row in an order that every statement repeats.

    Both halves of Split number the rows anew; equal rows can change places.
    """
    return f"ROW_NUMBER() OVER (ORDER BY {columns})"


def _append_id(given: _Parameters, find_table: FindTable) -> tuple[Step, ...]:
    source, target = given.table("inputTableName"), given.table("outputTableName")
    id_name = given("IDColName", "append_id")
    columns = ", ".join(f"`{name}`" for name in given.columns(find_table(source)))
    numbered = f"SELECT {_row_number(columns)} - 1 AS `{id_name}`, {columns} FROM {source}"
    return (Step("AppendID_1", f"CREATE TABLE {target} AS {numbered}"),)


def _split(given: _Parameters, find_table: FindTable) -> tuple[Step, ...]:
    source = given.table("inputTableName")
    first, second = given.table("output1TableName"), given.table("output2TableName")
    fraction = _fraction(given("fraction", "0.5"))
    columns = ", ".join(f"`{name}`" for name in given.columns(find_table(source)))
    numbered = (
        f"SELECT {columns}, {_row_number(columns)} AS place, COUNT(*) OVER () AS number"
        f" FROM {source}"
    )
    return tuple(
        Step(
            f"Split_{index}",
            f"CREATE TABLE {target} AS SELECT {columns} FROM ({numbered}) t "
            f"WHERE place {sign} number * {fraction}",
        )
        for index, (target, sign) in enumerate([(first, "<="), (second, ">")], start=1)
    )


def _normalize(given: _Parameters, find_table: FindTable) -> tuple[Step, ...]:
    return _scale(given, find_table, "Normalize", low="MIN({0})", width="MAX({0}) - MIN({0})")


def _standardize(given: _Parameters, find_table: FindTable) -> tuple[Step, ...]:
    return _scale(given, find_table, "Standardize", low="AVG({0})", width="STDDEV_SAMP({0})")


def _scale(
    given: _Parameters, find_table: FindTable, name: str, *, low: str, width: str
) -> tuple[Step, ...]:
    """Return the steps: statistics of the table in a workflow of their own, then the rows."""
    source, target = given.table("inputTableName"), given.table("outputTableName")
    table = find_table(source)
    scaled = given.columns(table, numbers_only=True)
    figures = ", ".join(
        f"{low.format(f'`{c}`')} AS low_{c}, {width.format(f'`{c}`')} AS width_{c}" for c in scaled
    )
    kept = f"{target}_figures"
    columns = ", ".join(
        f"(`{c.name}` - low_{c.name}) / NULLIF(width_{c.name}, 0) AS `{c.name}`"
        if c.name in scaled
        else f"`{c.name}`"
        for c in table.columns
    )
    rows = f"SELECT {columns} FROM {source} CROSS JOIN {kept}"
    return (
        Step(
            "Figures",
            steps=(Step("Figures_1", f"CREATE TABLE {kept} AS SELECT {figures} FROM {source}"),),
        ),
        Step(f"{name}_1", f"CREATE TABLE {target} AS {rows}"),
        Step("DropFigures_1", f"DROP TABLE {kept}"),
    )


def _fraction(text: str) -> float:
    try:
        fraction = float(text)
    except ValueError:
        fraction = -1.0
    if not 0 < fraction < 1:
        raise SqlError(f"ODPS-1202005:Algo Job Failed - fraction {text} is not between 0 and 1")
    return fraction


_ALGORITHMS: dict[str, Callable[[_Parameters, FindTable], tuple[Step, ...]]] = {
    "AppendID": _append_id,
    "Normalize": _normalize,
    "Split": _split,
    "Standardize": _standardize,
}
