"""A cell of a result by its type: what is a number, and how people read it. Pure."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from odps_bot.maxcompute import DataType, Instant, Value, ZoneClock
from odps_bot.runs.run import Table

NULL = "NULL"

#: https://www.alibabacloud.com/help/en/maxcompute/user-guide/data-type-editions
NUMBER_TYPES = frozenset({"tinyint", "smallint", "int", "bigint", "float", "double", "decimal"})
TIME_TYPES = frozenset({"date", "datetime", "timestamp", "timestamp_ntz"})

#: Beyond it, a double leaves out whole numbers.
LARGEST_EXACT = 2**53

_NUMBER = re.compile(r"[+-]?\d{1,40}(?:\.\d{0,40})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_CANONICAL = re.compile(r"(-?)(0|[1-9]\d{0,39})(\.\d{1,40})?", re.ASCII)

_ISO_DAY = re.compile(r"\d{4}-\d{2}(?:-\d{2}(?:[ T]\d{2}:\d{2}.*)?)?", re.ASCII)
_TIME_NAMES = frozenset({"year", "month", "day", "week", "hour", "ds", "dt", "date"})

#: Words of a column's name; `userId` has two.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

#: Values of columns with these names are read digit by digit, or are parts of a date.
_PLAIN_WORDS = frozenset(
    {"ds", "dt", "pt", "year", "month", "day", "hour", "mobile", "tel", "zip", "no", "sn"}
)
_PLAIN_ENDINGS = ("id", "key", "code", "phone")
_NO_IDS = frozenset({"paid", "unpaid", "prepaid", "bid", "valid", "invalid", "void"})


@dataclass(frozen=True)
class ColumnFormat:
    """How the cells of a column are shown."""

    is_number: bool = False
    is_grouped: bool = False  #: with thousands separators


def column_formats(table: Table) -> tuple[ColumnFormat, ...]:
    """Return how each column of `table` is shown; without types, as text."""
    forms = []
    for place, name in enumerate(table.columns):
        is_number = place < len(table.types) and table.types[place] in NUMBER_TYPES
        is_grouped = is_number and not (
            _is_named_plain(name) or are_days([row[place] for row in table.rows])
        )
        forms.append(ColumnFormat(is_number=is_number, is_grouped=is_grouped))
    return tuple(forms)


def inferred_type(cells: Iterable[str | None]) -> str:
    """Return the type of a column without a declared type: a number only if every cell is one.

    Leading zeros, signs and exponents make a text, and so do more digits than a double holds.
    """
    seen = "string"
    for cell in cells:
        if cell is None:
            continue
        found = _CANONICAL.fullmatch(cell)
        if found is None or exact_number(cell) is None:
            return "string"
        seen = "double" if found[3] or seen == "double" else "bigint"
    return seen


def exact_number(text: str) -> int | float | None:
    """Return the number that `text` writes; None when a double would lose a digit of it."""
    if not _NUMBER.fullmatch(text):
        return None
    exact = Decimal(text)
    number = float(text)
    if Decimal(repr(number)) != exact:
        return None
    if exact == exact.to_integral_value():
        return int(exact) if abs(exact) <= LARGEST_EXACT else None
    return number


def number_text(text: str, *, is_grouped: bool) -> str:
    """Return a number as people read it: ``-1,234.50``; other text is unchanged."""
    found = _CANONICAL.fullmatch(text)
    if found is None or not is_grouped:
        return text
    sign, whole, fraction = found.groups()
    return f"{sign}{int(whole):,}{fraction or ''}"


def quoted(cell: str | None) -> str:
    """Return a cell as plain text in which NULL, the text `NULL` and an empty text differ."""
    if cell is None:
        return NULL
    is_ambiguous = cell == NULL or not cell.strip() or cell.startswith('"')
    return f'"{cell}"' if is_ambiguous else cell


def are_days(cells: Sequence[str | None]) -> bool:
    """Return whether all cells that are not NULL are days as in ``20261122``."""
    days = [cell for cell in cells if cell is not None]
    return bool(days) and all(_is_day(day) for day in days)


def is_time(table: Table, place: int) -> bool:
    """Return whether the cells of a column are times, by its type, its name or what they say."""
    if table.types[place] in TIME_TYPES:
        return True
    cells = [row[place] for row in table.rows if row[place] is not None]
    if cells and (are_days(cells) or all(_ISO_DAY.fullmatch(cell or "") for cell in cells)):
        return True
    is_number = table.types[place] in NUMBER_TYPES
    return is_number and table.columns[place].lower() in _TIME_NAMES


def value_text(value: Value, data_type: DataType, *, clock: ZoneClock) -> str:
    """Return a value that is not NULL as MaxCompute shows it: points in time by `clock`."""
    if isinstance(value, Instant):
        return clock.text(value)
    if data_type.name == "json" or isinstance(value, list | dict):
        return json_text(value, clock=clock)
    if isinstance(value, bytes):
        return bytes_text(value)
    if isinstance(value, timedelta):
        return interval_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def json_text(value: Value, *, clock: ZoneClock | None = None) -> str:
    """Return an array, map, struct or JSON value as JSON; in JSON, keys are texts.

    `clock` shows the points in time in it.
    """
    return json.dumps(_plain(value, clock), ensure_ascii=False)


def _plain(value: Value, clock: ZoneClock | None) -> Value:
    if isinstance(value, dict):
        return {str(_plain(key, clock)): _plain(item, clock) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, clock) for item in value]
    if isinstance(value, bytes):
        return bytes_text(value)
    if isinstance(value, Instant) and clock is not None:
        return clock.text(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)


def interval_text(span: timedelta) -> str:
    """Return a span as MaxCompute shows it: `1 02:03:04.005000000`, in nanoseconds."""
    sign, span = ("-", -span) if span < timedelta(0) else ("", span)
    minutes, seconds = divmod(span.seconds, 60)
    clock = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{span.microseconds * 1000:09}"
    return f"{sign}{span.days} {clock}"


def bytes_text(content: bytes) -> str:
    """Return bytes as the text they are, or in hexadecimal digits where they are none."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return f"0x{content.hex()}"
    return text if text.isprintable() else f"0x{content.hex()}"


def _is_day(text: str) -> bool:
    if not re.fullmatch(r"(?:19|20)[0-9]{6}", text):
        return False
    try:
        datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007  -- only whether there is such a day
    except ValueError:
        return False
    return True


def _is_named_plain(name: str) -> bool:
    words = [word.lower() for word in _WORD.findall(name)]
    if not words or words[-1] in _NO_IDS or words[-2:-1] == ["per"]:
        return False
    return words[-1] in _PLAIN_WORDS or words[-1].endswith(_PLAIN_ENDINGS)
