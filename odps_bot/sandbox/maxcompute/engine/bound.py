"""A query that DuckDB understands."""

from dataclasses import dataclass

from odps_bot.sandbox.maxcompute.engine.catalog import Column, Table


@dataclass(frozen=True)
class Bound:
    """What DuckDB is told to run, and what will come of it."""

    sql: str
    columns: tuple[Column, ...]
    tables: tuple[Table, ...]
    warnings: tuple[str, ...]
