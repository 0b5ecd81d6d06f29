"""The results of executions."""

from dataclasses import dataclass

from odps_bot.sandbox.maxcompute.engine.catalog import Column
from odps_bot.sandbox.maxcompute.engine.time_zones import DEFAULT


@dataclass(frozen=True)
class ResultSet:
    """The rows of a query, kept in DuckDB until the instance is dropped."""

    columns: tuple[Column, ...]
    row_count: int
    #: The table with the rows, for `Engine.rows`.
    table: str
    #: The zone whose clock the times are read off.
    time_zone: str = DEFAULT


@dataclass(frozen=True)
class Outcome:
    """The result of an execution: text or rows."""

    text: str = ""
    rows: ResultSet | None = None
    #: Tables read and written, for summaries.
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
