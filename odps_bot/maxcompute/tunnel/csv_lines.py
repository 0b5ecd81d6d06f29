"""Rows as lines of CSV (RFC 4180). Pure."""

import json
from collections.abc import Iterable

from odps_bot.maxcompute.models.values import Value


def csv_line(values: Iterable[Value]) -> str:
    """Return a line with its line ending. NULL is empty and an empty string is `""`.

    Arrays, maps and structs are JSON; times are in Python's format, with their time zone.
    """
    return ",".join(_cell(value) for value in values) + "\r\n"


def _cell(value: Value) -> str:
    if value is None:
        return ""
    is_quoted = isinstance(value, str | bytes | list | dict)
    if isinstance(value, list | dict):
        text = json.dumps(_plain(value), ensure_ascii=False)
    else:
        text = str(_plain(value))
    return '"' + text.replace('"', '""') + '"' if is_quoted else text


def _plain(value: Value) -> Value:
    """Return the value with JSON's types; in JSON, keys are strings."""
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)
