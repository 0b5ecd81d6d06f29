"""Rows that are loaded into a table without a statement, as an upload does."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from odps_bot.sandbox.maxcompute.engine.catalog import PartitionValues, Table, literal, quoted
from odps_bot.sandbox.maxcompute.engine.database import Database
from odps_bot.sandbox.maxcompute.engine.types import DataType
from odps_bot.sandbox.maxcompute.engine.writer import partition_filter

_ROWS_PER_INSERT = 500

Row = Sequence[Any]


def load_rows(
    database: Database,
    table: Table,
    partition: PartitionValues | None,
    rows: Sequence[Row],
    *,
    is_overwrite: bool,
) -> None:
    """Add rows with the columns of a table, in place of all that are there if so wanted.

    Raises `ValueError` for a value that a column does not take; then nothing is changed.
    """
    keys = ", ".join(map(literal, partition or ()))
    types = [column.type for column in table.columns]
    names = ", ".join(quoted(column.name) for column in table.all_columns)
    with database.writing(threading.Event()), database.cursor() as cursor:
        cursor.begin()
        try:
            if is_overwrite:
                where = "TRUE" if partition is None else partition_filter(table, partition)
                cursor.execute(f"DELETE FROM {table.sql_name} WHERE {where}")
            for start in range(0, len(rows), _ROWS_PER_INSERT):
                listed = ", ".join(
                    _tuple(row, types, keys) for row in rows[start : start + _ROWS_PER_INSERT]
                )
                cursor.execute(f"INSERT INTO {table.sql_name} ({names}) VALUES {listed}")
        except duckdb.Error as error:
            cursor.rollback()
            raise ValueError(str(error)) from error
        except BaseException:
            cursor.rollback()
            raise
        cursor.commit()


def _tuple(row: Row, types: Sequence[DataType], keys: str) -> str:
    cells = ", ".join(_constant(value, t) for value, t in zip(row, types, strict=True))
    return f"({cells}, {keys})" if keys else f"({cells})"


def _constant(value: Any, data_type: DataType) -> str:
    """Return a value as a constant of DuckDB."""
    if value is None:
        return "NULL"
    if isinstance(value, Mapping | list):
        return _nested(value, data_type)
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, str | bytes):
        return _text(value, data_type)
    return _cast(f"'{_written(value)}'", data_type)


def _written(value: float | Decimal | date | timedelta) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, timedelta):
        return f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _text(value: str | bytes, data_type: DataType) -> str:
    if isinstance(value, bytes):
        return f"from_hex('{value.hex()}')"
    if data_type.name == "char":
        value = value.ljust(data_type.parameters[0])
    # A text of SQL ends at such a character.
    return f"decode(from_hex('{value.encode().hex()}'))" if "\0" in value else literal(value)


def _nested(value: Mapping[Any, Any] | list[Any], data_type: DataType) -> str:
    if isinstance(value, list):
        return _cast(_listed(value, data_type.children[0][1]), data_type)
    if data_type.name == "map":
        (_, key_type), (_, value_type) = data_type.children
        keys, values = _listed(value, key_type), _listed(value.values(), value_type)
        return _cast(f"MAP({keys}, {values})", data_type)
    fields = ", ".join(
        f"{quoted(name)} := {_constant(value.get(name), child)}"
        for name, child in data_type.children
    )
    return _cast(f"struct_pack({fields})", data_type)


def _listed(values: Iterable[Any], item: DataType) -> str:
    return f"[{', '.join(_constant(value, item) for value in values)}]"


def _cast(expression: str, data_type: DataType) -> str:
    return f"CAST({expression} AS {data_type.duckdb})"
