"""How executions end well."""

from dataclasses import dataclass

from odps_bot.sandbox.maxcompute.engine.catalog import Column


@dataclass(frozen=True)
class ResultSet:
    """Rows of a query, kept in DuckDB until the instance is forgotten."""

    columns: tuple[Column, ...]
    row_count: int
    #: The table that holds them, for `Engine.rows`.
    table: str


@dataclass(frozen=True)
class Outcome:
    """What an execution brought: text, or rows."""

    text: str = ""
    rows: ResultSet | None = None
    #: Tables that were read and written, for summaries.
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
