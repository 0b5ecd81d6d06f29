r"""Rows as the CSV of the result API; pure.

Names and texts are quoted, numbers are not, NULL is `\N`, lines end with `\n`.
"""

import json
import math
import re
import struct
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from odps_bot.sandbox.maxcompute.engine.catalog import Column
from odps_bot.sandbox.maxcompute.engine.types import DataType

NULL = "\\N"


def csv_text(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> str:
    """Return header and rows."""
    lines = [",".join(_quoted(column.name) for column in columns)]
    for row in rows:
        cells = (_cell(value, c.type) for value, c in zip(row, columns, strict=True))
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


def value_text(value: Any, data_type: DataType) -> str:
    """Return a value that is not NULL as text, without quotes."""
    if isinstance(value, str) and data_type.name in _TIMES:
        return _YEAR_0.sub(r"0000-\1\2", value)
    if isinstance(value, datetime):
        text = value.isoformat(sep=" ")
        return text.rstrip("0") if value.microsecond else text
    if isinstance(value, bytes):
        return binary_text(value)
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False, default=str, separators=(",", ":"))
    if isinstance(value, timedelta):
        return _interval_text(value)
    return _number_text(value, data_type)


def _number_text(value: Any, data_type: DataType) -> str:
    if isinstance(value, float):
        return double_text(_shortest_single(value) if data_type.name == "float" else value)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


#: So many digits at least, and at most, tell a FLOAT from all others.
_SINGLE_DIGITS = range(6, 10)


def _shortest_single(value: float) -> float:
    """Return the number with the fewest digits that is the same FLOAT: 1.1 for 1.100000023841858.

    The service writes these digits.
    """
    if not math.isfinite(value):
        return value
    rounded = (float(f"{value:.{digits}g}") for digits in _SINGLE_DIGITS)
    return next((one for one in rounded if _single(one) == _single(value)), value)


def _single(value: float) -> bytes:
    return struct.pack("<f", value)


#: Between these, the service writes a DOUBLE without an exponent.
_PLAIN_FROM, _EXPONENT_FROM = 1e-6, 1e21


def double_text(value: float) -> str:
    """Return the shortest text of a number as the service writes it: `2.5e-8`, `1e21`, `NaN`.

    Source: the results in the vendor's page of mathematical functions.
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    written = repr(value)
    mantissa, _, exponent = written.partition("e")
    if not exponent:
        return written
    if _PLAIN_FROM <= abs(value) < _EXPONENT_FROM:
        plain = format(Decimal(written), "f")
        return plain if "." in plain else f"{plain}.0"
    return f"{mantissa}e{int(exponent)}"


#: ASCII that quoted-printable leaves as it is.
_PRINTABLE = frozenset(range(0x20, 0x7F)) - {ord("=")}


def binary_text(value: bytes) -> str:
    """Return bytes as the service writes them: as text, or as quoted-printable if they aren't."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return "".join(chr(byte) if byte in _PRINTABLE else f"={byte:02X}" for byte in value)


#: DuckDB gives Python a time in the year 0, which Python lacks, as such text.
_YEAR_0 = re.compile(r"0001-(\d\d-\d\d) \(BC\)(.*)")
_TIMES = {"date", "datetime", "timestamp", "timestamp_ntz"}


def _interval_text(value: timedelta) -> str:
    """Return `1 02:03:04.005000000`, as the service writes INTERVAL_DAY_TIME."""
    sign, span = ("-", -value) if value < timedelta() else ("", value)
    minutes, seconds = divmod(span.seconds, 60)
    clock = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{span.microseconds * 1000:09}"
    return f"{sign}{span.days} {clock}"


_QUOTED_TYPES = {"string", "varchar", "char", "binary", "json", "array", "map", "struct"}


def _cell(value: Any, data_type: DataType) -> str:
    if value is None:
        return NULL
    shown = value_text(value, data_type)
    return _quoted(shown) if data_type.name in _QUOTED_TYPES else shown


def _quoted(shown: str) -> str:
    return '"' + shown.replace('"', '""') + '"'
