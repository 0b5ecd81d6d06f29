"""The result of binding a query."""

from dataclasses import dataclass

from odps_bot.sandbox.maxcompute.engine.catalog import Column, Table
from odps_bot.sandbox.maxcompute.engine.conversions import VOID
from odps_bot.sandbox.maxcompute.engine.types import DataType


@dataclass(frozen=True)
class Bound:
    """A query for DuckDB, with its columns, tables and warnings."""

    sql: str
    columns: tuple[Column, ...]
    tables: tuple[Table, ...]
    warnings: tuple[str, ...]
    #: The columns' types as far as they are known, with `void` for NULL.
    kinds: tuple[DataType | None, ...] = ()

    def kind(self, place: int) -> DataType | None:
        """Return the known type of a column; None also for NULL."""
        known = self.kinds[place] if place < len(self.kinds) else None
        return None if known == VOID else known
