"""`Information_Schema.TASKS_HISTORY`: the tasks that have ended, as rows that SQL can read.

Vendor pages: https://www.alibabacloud.com/help/en/maxcompute/user-guide/metadata-views and
https://www.alibabacloud.com/help/en/maxcompute/user-guide/tenant-level-information-schema
The rows reach DuckDB when a statement names the view; until then a task costs a list entry.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice

import duckdb

from odps_bot.sandbox.maxcompute.engine import samples
from odps_bot.sandbox.maxcompute.engine.catalog import Column, Table, literal, quoted
from odps_bot.sandbox.maxcompute.engine.statements import TableName
from odps_bot.sandbox.maxcompute.engine.time_zones import DEFAULT, clock_time
from odps_bot.sandbox.maxcompute.engine.types import parse_type

#: Where projects read their own tasks, and where an account reads those of all projects.
PROJECT_LEVEL, TENANT_LEVEL = "information_schema", "system_catalog"
#: A task is seen so long after its end.
DELAY = timedelta(minutes=5)
#: Full days before the current one whose tasks are kept.
KEPT_DAYS = 14
#: Of all projects together; the oldest tasks are dropped first.
MAX_TASKS = 5_000
MAX_CHARACTERS = 32_000_000

_NAME = "tasks_history"
#: The schema in DuckDB; those of the projects begin with it.
_SCHEMA = "odps_history"
_PARTITION_COLUMNS = (Column("ds", parse_type("string")),)
_TYPES_OF_OTHERS = {
    **dict.fromkeys(("submit_time", "start_time", "end_time"), "datetime"),
    **dict.fromkeys(("complexity", "cost_cpu", "cost_mem"), "double"),
    **dict.fromkeys(("priority", "ext_node_priority"), "bigint"),
}
_TENANT_COLUMNS = """
    task_catalog task_name task_type inst_id status owner_id owner_name result priority submit_time
    start_time end_time input_records output_records input_bytes lowfrequency_storage_input_bytes
    longterm_storage_input_bytes oss_input_bytes tablestore_input_bytes output_bytes input_tables
    output_tables operation_text signature quota_name complexity cost_cpu cost_mem cost_indicators
    settings ext_platform_id ext_node_id ext_bizdate ext_task_id ext_dagtype ext_node_name
    ext_node_onduty ext_node_priority ext_node_cyctype ext_subtask_id
"""
_PROJECT_COLUMNS = """
    task_catalog task_schema task_name task_type inst_id status owner_id owner_name result
    start_time end_time input_records output_records input_bytes output_bytes input_tables
    output_tables operation_text signature complexity cost_cpu cost_mem settings
"""


def _columns(names: str) -> tuple[Column, ...]:
    return tuple(Column(name, parse_type(_type_of(name))) for name in names.split())


def _type_of(name: str) -> str:
    is_amount = name.endswith(("_records", "_bytes"))
    return _TYPES_OF_OTHERS.get(name, "bigint" if is_amount else "string")


_PROJECT_VIEW = Table(
    project=PROJECT_LEVEL,
    name=_NAME,
    columns=_columns(_PROJECT_COLUMNS),
    owner=samples.OWNER,
    created_at=samples.CREATED_AT,
    partition_columns=_PARTITION_COLUMNS,
    is_view=True,
    shows_history=True,
)
_TENANT_VIEW = replace(
    _PROJECT_VIEW, project=TENANT_LEVEL, columns=_columns(_TENANT_COLUMNS), schema=_SCHEMA
)


@dataclass(frozen=True)
class EndedTask:
    """A task that has ended."""

    ended_at: datetime
    #: How long its texts are, in characters.
    size: int
    #: Returns its values by column of the account's view; those that are missing are NULL.
    values: Callable[[], Mapping[str, object]]


@dataclass(eq=False, slots=True)
class _Entry:
    ended_at: datetime
    size: int
    #: Until the row is known.
    task: EndedTask | None
    row: tuple[object, ...] = ()


class TasksHistory:
    """The tasks of all projects that have ended; all methods can be called from any thread."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, projects: tuple[str, ...]) -> None:
        self._connection = connection
        #: Oldest first.
        self._entries: deque[_Entry] = deque()
        self._size = 0
        #: Guards the entries; it is never held for long.
        self._adding = threading.Lock()
        self._loading = threading.Lock()
        self._loaded: list[_Entry] = []
        #: When the rows are of; a statement that began earlier takes none away.
        self._now: datetime | None = None
        self._create(projects)

    def add(self, task: EndedTask) -> None:
        """Note a task; beyond the limits the oldest ones are dropped."""
        with self._adding:
            self._entries.append(_Entry(task.ended_at, task.size, task))
            self._size += task.size
            while len(self._entries) > MAX_TASKS or self._size > MAX_CHARACTERS:
                self._drop_oldest()

    def find(self, name: TableName, *, project: str, now: datetime) -> Table | None:
        """Return the view that a project reads by this name, or None."""
        if name.name.lower() != _NAME:
            return None
        days = (first_day(now) + timedelta(days=days) for days in range(KEPT_DAYS + 1))
        partitions = frozenset((f"{day:%Y%m%d}",) for day in days)
        given = (name.project or "").lower()
        if given == PROJECT_LEVEL:
            return replace(_PROJECT_VIEW, schema=_schema_of(project), partitions=partitions)
        if given == TENANT_LEVEL and (name.schema or "").lower() == PROJECT_LEVEL:
            return replace(_TENANT_VIEW, partitions=partitions)
        return None

    def refresh(self, now: datetime) -> None:
        """Let DuckDB have the tasks that are seen now."""
        with self._loading:
            now = self._now = max(now, self._now or now)
            with self._adding:
                while self._entries and _day(self._entries[0].ended_at) < first_day(now):
                    self._drop_oldest()
                seen = self._seen(now - DELAY)
            if seen != self._loaded:
                self._load(seen)
                self._loaded = seen

    def _drop_oldest(self) -> None:
        self._size -= self._entries.popleft().size

    def _seen(self, until: datetime) -> list[_Entry]:
        """Return the tasks that had ended by then; later ones are at the end."""
        later = 0
        for entry in reversed(self._entries):
            if entry.ended_at <= until:
                break
            later += 1
        return list(islice(self._entries, len(self._entries) - later))

    def _create(self, projects: tuple[str, ...]) -> None:
        self._connection.execute(f"CREATE SCHEMA {quoted(_SCHEMA)}")
        self._load([])
        shown = ", ".join(quoted(name) for name in _PROJECT_COLUMNS.split()[2:])
        for project in dict.fromkeys(project.lower() for project in projects):
            view = replace(_PROJECT_VIEW, schema=_schema_of(project))
            self._connection.execute(f"CREATE SCHEMA {quoted(_schema_of(project))}")
            self._connection.execute(
                f"CREATE VIEW {view.sql_name} AS"
                f" SELECT 'odps' AS task_catalog, task_catalog AS task_schema, {shown}, ds"
                f" FROM {_TENANT_VIEW.sql_name} WHERE task_catalog = {literal(project)}"
            )

    def _load(self, entries: list[_Entry]) -> None:
        """Replace the rows; what reads them meanwhile keeps those that it began with."""
        for entry in entries:
            if entry.task is not None:
                entry.row, entry.task = _row(entry.task), None
        columns = _TENANT_VIEW.all_columns
        selected = ", ".join(
            f"unnest(CAST(${place} AS {column.type.duckdb}[])) AS {quoted(column.name)}"
            for place, column in enumerate(columns, 1)
        )
        values = [[entry.row[place] for entry in entries] for place in range(len(columns))]
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"CREATE OR REPLACE TABLE {_TENANT_VIEW.sql_name} AS SELECT {selected}", values
            )


def first_day(now: datetime) -> date:
    """Return the first day whose tasks are kept."""
    return _day(now) - timedelta(days=KEPT_DAYS)


def _day(instant: datetime) -> date:
    return clock_time(instant, DEFAULT).date()


def _row(task: EndedTask) -> tuple[object, ...]:
    values = {**task.values(), "ds": f"{_day(task.ended_at):%Y%m%d}"}
    return tuple(_stored(values.get(column.name)) for column in _TENANT_VIEW.all_columns)


def _stored(value: object) -> object:
    """Return a value as the table has it; its times have whole seconds."""
    if isinstance(value, datetime):
        return clock_time(value, DEFAULT).replace(microsecond=0)
    return value


def _schema_of(project: str) -> str:
    return f"{_SCHEMA}_{project.lower()}"
