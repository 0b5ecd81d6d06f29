"""Columns as the buffers of an Arrow record batch.

Formats: https://arrow.apache.org/docs/format/Columnar.html#physical-memory-layout
PyODPS has the Arrow type of each data type in `odps/tunnel/io/types.py`.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Context, Decimal
from itertools import accumulate, chain
from typing import Any

from odps_bot.sandbox.maxcompute.engine.types import DataType
from odps_bot.sandbox.maxcompute.tunnel.times import (
    days_since_epoch,
    milliseconds,
    seconds_and_nanoseconds,
    since_epoch,
    since_epoch_on_a_clock,
)

_Values = Sequence[Any]
#: Codes of `struct` by type.
NUMBERS = {
    "tinyint": "b",
    "smallint": "h",
    "int": "i",
    "bigint": "q",
    "float": "f",
    "double": "d",
}
TEXTS = frozenset({"string", "char", "varchar"})
_TIMESTAMPS = frozenset({"timestamp", "timestamp_ntz"})
_OTHERS = frozenset({"boolean", "binary", "decimal", "date", "datetime", "interval_day_time"})
_NESTED = frozenset({"array", "map", "struct"})
_PLAIN = frozenset(NUMBERS) | TEXTS | _TIMESTAMPS | _OTHERS

#: Of DECIMAL without parameters, as it was before edition 2.0.
_OLD_DECIMAL = (54, 18)
#: Digits that 128 bits can have; more need 256.
_MAX_DIGITS_128 = 38
_EXACT = Context(prec=80)


def has_arrow_type(data_type: DataType) -> bool:
    """Return whether Arrow can carry a type; JSON it cannot."""
    if data_type.name in _NESTED:
        return all(has_arrow_type(child) for _, child in data_type.children)
    return data_type.name in _PLAIN


@dataclass(frozen=True)
class Form:
    """How times are written."""

    #: That of the clock that shows DATETIME and TIMESTAMP.
    zone: tzinfo
    #: Whether TIMESTAMP columns are structs of seconds and nanoseconds; inside of others, and
    #: without this, they are nanoseconds in 64 bits.
    has_timestamp_structs: bool


@dataclass(frozen=True)
class Buffers:
    """The parts of a record batch, depth first."""

    #: Length and number of NULLs of each array.
    nodes: list[tuple[int, int]] = field(default_factory=list)
    buffers: list[bytes] = field(default_factory=list)

    def add_node(self, values: _Values) -> None:
        """Add an array with its validity, which is empty where nothing is NULL."""
        nulls = sum(value is None for value in values)
        self.nodes.append((len(values), nulls))
        self.buffers.append(_bits([value is not None for value in values]) if nulls else b"")

    def add_numbers(self, code: str, values: _Values) -> None:
        """Add the values of an array; NULL is 0."""
        self.buffers.append(_packed(code, [0 if value is None else value for value in values]))

    def add_offsets(self, lengths: Sequence[int]) -> None:
        """Add where each value of an array begins, and where the last one ends."""
        self.buffers.append(_packed("i", list(accumulate(lengths, initial=0))))


def add_column(data_type: DataType, values: _Values, to: Buffers, form: Form) -> None:
    """Add a column of a result; its type has one in Arrow."""
    if data_type.name in _TIMESTAMPS and form.has_timestamp_structs:
        _add_seconds([_since(data_type, value, form) for value in values], to)
    else:
        _add(data_type, values, to, form)


def _add(data_type: DataType, values: _Values, to: Buffers, form: Form) -> None:
    name = data_type.name
    if name == "interval_day_time":
        _add_seconds(values, to)
        return
    to.add_node(values)
    if name in NUMBERS:
        to.add_numbers(NUMBERS[name], values)
    elif name == "boolean":
        to.buffers.append(_bits(values))
    elif name == "array":
        to.add_offsets(_lengths(values))
        _add(data_type.children[0][1], _flat(values), to, form)
    elif name == "map":
        _add_entries(data_type, values, to, form)
    elif name == "struct":
        for field_name, child in data_type.children:
            _add(child, [v if v is None else v[field_name] for v in values], to, form)
    elif name == "decimal":
        to.buffers.append(_decimals(data_type, values))
    elif name in TEXTS or name == "binary":
        texts = [b"" if value is None else as_bytes(value) for value in values]
        to.add_offsets([len(text) for text in texts])
        to.buffers.append(b"".join(texts))
    else:
        code, convert = _TIMES[name]
        to.add_numbers(code, [v if v is None else convert(data_type, v, form) for v in values])


def _add_seconds(values: _Values, to: Buffers) -> None:
    """Add distances as structs of seconds and nanoseconds."""
    to.add_node(values)
    parts = [None if value is None else seconds_and_nanoseconds(value) for value in values]
    for place, code in enumerate("qi"):
        part = [None if both is None else both[place] for both in parts]
        to.add_node(part)
        to.add_numbers(code, part)


def _add_entries(data_type: DataType, values: _Values, to: Buffers, form: Form) -> None:
    """Add maps: a list of structs that are never NULL."""
    (_, key_type), (_, value_type) = data_type.children
    to.add_offsets(_lengths(values))
    keys = _flat([value and list(value) for value in values])
    to.add_node(keys)
    _add(key_type, keys, to, form)
    _add(value_type, _flat([value and list(value.values()) for value in values]), to, form)


def _lengths(values: _Values) -> list[int]:
    return [len(value) if value else 0 for value in values]


def _flat(values: _Values) -> list[Any]:
    return list(chain.from_iterable(value for value in values if value))


def as_bytes(value: Any) -> bytes:
    """Return a text or binary value as the tunnel sends it."""
    if isinstance(value, bytes):
        return value
    return (format(value, "f") if isinstance(value, Decimal) else str(value)).encode()


def decimal_layout(data_type: DataType) -> tuple[int, int]:
    """Return the number of bytes of a DECIMAL, and its scale."""
    precision, scale = (*data_type.parameters, 0)[:2] if data_type.parameters else _OLD_DECIMAL
    return (16 if precision <= _MAX_DIGITS_128 else 32), scale


def _decimals(data_type: DataType, values: _Values) -> bytes:
    width, scale = decimal_layout(data_type)
    unscaled = [0 if v is None else int(Decimal(v).scaleb(scale, _EXACT)) for v in values]
    return b"".join(number.to_bytes(width, "little", signed=True) for number in unscaled)


def _since(data_type: DataType, value: Any, form: Form) -> Any:
    if value is None:
        return None
    is_instant = data_type.name != "timestamp_ntz"
    return since_epoch(value, form.zone) if is_instant else since_epoch_on_a_clock(value)


def _nanoseconds(data_type: DataType, value: Any, form: Form) -> int:
    seconds, rest = seconds_and_nanoseconds(_since(data_type, value, form))
    return seconds * 1_000_000_000 + rest


#: By type: the code of `struct`, and the number of a value.
_TIMES: dict[str, tuple[str, Callable[[DataType, Any, Form], int]]] = {
    "date": ("i", lambda _, value, __: days_since_epoch(value)),
    "datetime": ("q", lambda _, value, form: milliseconds(since_epoch(value, form.zone))),
    "timestamp": ("q", _nanoseconds),
    "timestamp_ntz": ("q", _nanoseconds),
}


def _packed(code: str, values: _Values) -> bytes:
    return struct.pack(f"<{len(values)}{code}", *values)


def _bits(values: _Values) -> bytes:
    """Return a bit for each value, the lowest one first."""
    if not values:
        return b""
    digits = "".join(["1" if value else "0" for value in reversed(values)])
    return int(digits, 2).to_bytes((len(values) + 7) // 8, "little")
