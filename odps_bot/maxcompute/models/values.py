r"""Python values from the text of a result. Pure.

Services write arrays, maps and structs either as JSON, or with unquoted keys and values and `\N`
for NULL.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from odps_bot.maxcompute.errors import MalformedResponseError
from odps_bot.maxcompute.models.data_types import STRING, DataType
from odps_bot.maxcompute.wire import replace_lone_surrogates

Value: TypeAlias = Any
"""int, float, Decimal, bool, str, bytes, date, datetime, timedelta, list, dict; None for NULL.

In years that Python lacks, times are `Instant` and `WallTime`, or their text.
"""

_INTEGERS = ("tinyint", "smallint", "int", "bigint", "interval_year_month")

#: Quoted text, or unquoted text up to its delimiter.
_QUOTED = re.compile(r'\s*("(?:[^"\\]|\\.)*+"|\'(?:[^\'\\]|\\.)*+\')\s*', re.DOTALL)
_BARE_KEY = re.compile(r"[^:,}\]]*+")
_BARE_VALUE = re.compile(r"[^,}\]]*+")

#: A timedelta has no nanoseconds.
_INTERVAL = re.compile(r"(-)?(\d{1,9}) (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,6})\d*)?")

#: No number of MaxCompute is longer; int() of millions of digits would take minutes.
_LONGEST_NUMBER = 400

#: What is deeper could be read, and not be written again: that takes several frames a level.
_DEEPEST_JSON = 200


def value_of(text: str, data_type: DataType, *, time_zone: tzinfo | None = None) -> Value:
    """Return the value of a cell that is not NULL. Unknown types remain text.

    DATETIME and TIMESTAMP are in the job's time zone: if it is given they become aware UTC,
    otherwise they remain naive. Raises MalformedResponseError for text that doesn't match.
    """
    try:
        if data_type.arguments:
            return _Composite(text, time_zone).read_whole(data_type)
        value = _READERS.get(data_type.name, str)(text)
        if data_type.name in {"datetime", "timestamp"} and time_zone is not None:
            return value.replace(tzinfo=time_zone).astimezone(UTC)
    except (ValueError, InvalidOperation, OverflowError, RecursionError) as error:
        shown = text if len(text) <= 100 else f"{text[:100]}…"  # noqa: PLR2004  -- fits a line
        raise MalformedResponseError(f"{shown!r} is not a valid {data_type.name}.") from error
    return value


class _Composite:
    """Parses text by its declared type, so that it can't nest deeper than the type does."""

    def __init__(self, text: str, time_zone: tzinfo | None) -> None:
        self._text = text
        self._position = 0
        self._time_zone = time_zone

    def read_whole(self, data_type: DataType) -> Value:
        value = self._read(data_type, _BARE_VALUE)
        if self._text[self._position :].strip():
            raise ValueError("trailing text")
        return value

    def _read(self, data_type: DataType, bare: re.Pattern[str]) -> Value:
        opening = {"array": "[", "map": "{", "struct": "{"}.get(data_type.name)
        if opening is not None and self._take(opening):
            return {"array": self._array, "map": self._map, "struct": self._struct}[data_type.name](
                data_type
            )
        text = self._scalar(bare)
        if text is None:
            return None
        if opening is not None:
            raise ValueError(f"no {data_type.name}")
        return value_of(text, data_type, time_zone=self._time_zone)

    def _array(self, data_type: DataType) -> list[Value]:
        values: list[Value] = []
        while not self._take("]"):
            if values:
                self._expect(",")
            values.append(self._read(data_type.arguments[0], _BARE_VALUE))
        return values

    def _map(self, data_type: DataType) -> dict[Value, Value]:
        key_type, value_type = data_type.arguments
        if key_type.arguments or key_type.name == "json":
            raise ValueError("a key has a scalar type")
        values: dict[Value, Value] = {}
        while not self._take("}"):
            if values:
                self._expect(",")
            key = self._read(key_type, _BARE_KEY)
            self._expect(":")
            values[key] = self._read(value_type, _BARE_VALUE)
        return values

    def _struct(self, data_type: DataType) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for field, argument in zip(data_type.fields, data_type.arguments, strict=True):
            if values:
                self._expect(",")
            self._read(STRING, _BARE_KEY)
            self._expect(":")
            values[field] = self._read(argument, _BARE_VALUE)
        self._expect("}")
        return values

    def _scalar(self, bare: re.Pattern[str]) -> str | None:
        if match := _QUOTED.match(self._text, self._position):
            self._position = match.end()
            return _unquoted(match[1])
        match = bare.match(self._text, self._position)
        text = match.group().strip() if match else ""
        self._position = match.end() if match else self._position
        return None if text in {"null", r"\N"} else text

    def _take(self, token: str) -> bool:
        while self._text[self._position : self._position + 1].isspace():
            self._position += 1
        if not self._text.startswith(token, self._position):
            return False
        self._position += 1
        return True

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise ValueError(f"{token} expected")


def _unquoted(text: str) -> str:
    if text[0] == '"':
        try:
            return str(json.loads(replace_lone_surrogates(text), strict=False))
        except ValueError:
            pass  # other escapes than those of JSON
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)


def _number(text: str) -> str:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError("too long")
    return text


def _decimal(text: str) -> Decimal:
    value = Decimal(_number(text))
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and abs(exponent) > _LONGEST_NUMBER:
        raise ValueError("too long")  # written out: a few characters become a gigabyte
    return value


def _json(text: str) -> Value:
    value = json.loads(replace_lone_surrogates(text))
    if text.count("[") + text.count("{") > _DEEPEST_JSON:
        level = [value]
        for _ in range(_DEEPEST_JSON):
            level = [inner for outer in level for inner in _inside(outer)]
        if level:
            raise ValueError("nested too deeply")
    return value


def _inside(value: Value) -> Iterable[Value]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word not in {"true", "1", "false", "0"}:
        raise ValueError("no boolean")
    return word in {"true", "1"}


def _naive_datetime(text: str) -> datetime:
    # A datetime has no nanoseconds.
    shortened = re.sub(r"(\.\d{6})\d+", r"\1", text.strip())
    return datetime.fromisoformat(shortened).replace(tzinfo=None)


def _interval(text: str) -> timedelta:
    found = _INTERVAL.fullmatch(text.strip())
    if found is None:
        raise ValueError("no interval")
    days, hours, minutes, seconds = map(int, found.group(2, 3, 4, 5))
    micros = int((found[6] or "").ljust(6, "0"))
    span = timedelta(days, seconds, micros, minutes=minutes, hours=hours)
    return -span if found[1] else span


_READERS: Mapping[str, Callable[[str], Value]] = {
    **dict.fromkeys(_INTEGERS, lambda text: int(_number(text))),
    "float": float,
    "double": float,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": lambda text: date.fromisoformat(text.strip()),
    "datetime": _naive_datetime,
    "timestamp": _naive_datetime,
    "timestamp_ntz": _naive_datetime,
    "interval_day_time": _interval,
    "binary": str.encode,
    "json": _json,
}
