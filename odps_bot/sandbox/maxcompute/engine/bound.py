"""The result of binding a query."""

from dataclasses import dataclass

from odps_bot.sandbox.maxcompute.engine.catalog import Column, Table


@dataclass(frozen=True)
class Bound:
    """A query for DuckDB, with its columns, tables and warnings."""

    sql: str
    columns: tuple[Column, ...]
    tables: tuple[Table, ...]
    warnings: tuple[str, ...]
