"""All rows of a result as CSV that spreadsheets open right: RFC 4180, with a mark for UTF-8. Pure.

NULL is empty, an empty text is `""`. What a spreadsheet would run as a formula is made a text:
https://owasp.org/www-community/attacks/CSV_Injection
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

from odps_bot.maxcompute import Column, DataType, Value
from odps_bot.messages.results.cells import value_text
from odps_bot.runs.run import Table

#: Excel takes a file without it for one in the code page of its country.
BYTE_ORDER_MARK = "\ufeff"

#: The start of a formula, also in full width, which East Asian spreadsheets treat the same.
_FORMULA = re.compile("[\\s\u200b\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")

#: Of longer numbers Excel makes the last digits zeros:
#: https://learn.microsoft.com/office/troubleshoot/excel/last-digits-changed-to-zeros
_LONG_NUMBER = re.compile(r"-?[0-9]{16,}")

#: No time zone is further from UTC, and all offsets are multiples of a quarter of an hour.
_FURTHEST = timedelta(hours=14)
_QUARTER = timedelta(minutes=15)


def csv_header(columns: Iterable[Column]) -> bytes:
    """Return the file's beginning, up to the first row."""
    names = ",".join(_quoted(column.name) for column in columns)
    return f"{BYTE_ORDER_MARK}{names}\r\n".encode(errors="replace")


def csv_line(row: Sequence[Value], columns: Sequence[Column], *, zone: timezone) -> bytes:
    """Return a row as a line; aware times are written in `zone`, naive ones as they are."""
    cells = (_cell(value, column.type, zone) for value, column in zip(row, columns, strict=True))
    return (",".join(cells) + "\r\n").encode(errors="replace")


def shown_zone(
    table: Table | None, columns: Sequence[Column], rows: Iterable[Sequence[Value]]
) -> timezone:
    """Return the zone in which MaxCompute has written the times of `table`: the job's own.

    `rows` are the same rows, where times are UTC. UTC when there are no times to tell it by.
    """
    if table is None:
        return UTC
    places = [
        place
        for place, column in enumerate(columns[: len(table.columns)])
        if column.type.name in {"datetime", "timestamp"}
    ]
    offsets = {
        _offset(row[place], cells[place])
        for cells, row in zip(table.rows, rows, strict=False)
        for place in places
        if row[place] is not None and cells[place] is not None
    }
    offset = offsets.pop() if len(offsets) == 1 else None
    return UTC if not offset else timezone(offset)


def has_long_numbers(table: Table | None) -> bool:
    """Return whether the first rows have numbers, mostly ids, that Excel would not keep whole."""
    cells = (cell for row in (table.rows if table else ()) for cell in row)
    return any(cell is not None and _LONG_NUMBER.fullmatch(cell) for cell in cells)


def _offset(instant: Value, shown: str | None) -> timedelta | None:
    try:
        local = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", shown or ""))
        offset = local.replace(tzinfo=None) - instant.replace(tzinfo=None)
    except (ValueError, TypeError, AttributeError, OverflowError):
        return None
    is_sound = abs(offset) <= _FURTHEST and not offset % _QUARTER
    return offset if is_sound else None


def _cell(value: Value, data_type: DataType, zone: timezone) -> str:
    if value is None:
        return ""
    text = value_text(value, data_type, zone=zone)
    is_bare = isinstance(value, bool | int | float | Decimal | date) and data_type.name != "json"
    return text if is_bare else _quoted(text)


def _quoted(text: str) -> str:
    is_formula = _FORMULA.match(text) is not None and not _NUMBER.fullmatch(text)
    harmless = ("'" if is_formula else "") + text.replace("\x00", "\ufffd")
    return '"' + harmless.replace('"', '""') + '"'
