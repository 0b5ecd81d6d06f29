"""All rows of a result as CSV that spreadsheets open right: RFC 4180, with a mark for UTF-8. Pure.

NULL is empty, an empty text is `""`. What a spreadsheet would run as a formula is made a text:
https://owasp.org/www-community/attacks/CSV_Injection
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from odps_bot.maxcompute import Column, DataType, Instant, Value, WallTime, ZoneClock
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

#: What no spreadsheet takes for anything but a number or a time.
_BARE = (bool, int, float, Decimal, date, Instant, WallTime)


def csv_header(columns: Iterable[Column]) -> bytes:
    """Return the file's beginning, up to the first row."""
    names = ",".join(_quoted(column.name) for column in columns)
    return f"{BYTE_ORDER_MARK}{names}\r\n".encode(errors="replace")


def csv_line(row: Sequence[Value], columns: Sequence[Column], *, clock: ZoneClock) -> bytes:
    """Return a row as a line; points in time are what `clock` shows."""
    cells = (_cell(value, column.type, clock) for value, column in zip(row, columns, strict=True))
    return (",".join(cells) + "\r\n").encode(errors="replace")


def has_long_numbers(table: Table | None) -> bool:
    """Return whether the first rows have numbers, mostly ids, that Excel would not keep whole."""
    cells = (cell for row in (table.rows if table else ()) for cell in row)
    return any(cell is not None and _LONG_NUMBER.fullmatch(cell) for cell in cells)


def _cell(value: Value, data_type: DataType, clock: ZoneClock) -> str:
    if value is None:
        return ""
    text = value_text(value, data_type, clock=clock)
    is_bare = isinstance(value, _BARE) and data_type.name != "json"
    return text if is_bare else _quoted(text)


def _quoted(text: str) -> str:
    is_formula = _FORMULA.match(text) is not None and not _NUMBER.fullmatch(text)
    harmless = ("'" if is_formula else "") + text.replace("\x00", "\ufffd")
    return '"' + harmless.replace('"', '""') + '"'
