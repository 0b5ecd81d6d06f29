"""Columns of a record batch, by the types of MaxCompute that Arrow has. Pure.

Types on the wire: PyODPS, `odps/tunnel/io/types.py`, and `_build_wire_schema` of its reader.
Arrays, maps, structs and JSON are read by the protocol of rows, as are types that came later.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from odps_bot.maxcompute.errors import MalformedResponseError
from odps_bot.maxcompute.models.data_types import Column, DataType
from odps_bot.maxcompute.models.values import Value
from odps_bot.maxcompute.tunnel.arrow.messages import RecordBatch, read_batches
from odps_bot.maxcompute.tunnel.arrow.pieces import Pieces
from odps_bot.maxcompute.tunnel.batches import (
    Batch,
    Cells,
    DayCells,
    DecimalCells,
    TimeCells,
    span_value,
)

#: Rows whose cells exist at once; a multiple of 8, as bits are counted in bytes.
_ROWS_AT_ONCE = 4096
_CELLS_AT_ONCE = 64 * 1024
_BYTES_AT_ONCE = 1024 * 1024

_MILLIS = 1000
_NANOS_OF_A_MILLI = 1_000_000

#: Digits that fit 128 bits; more take 256.
_MOST_DIGITS_128 = 38
_LOW = (1 << 64) - 1

#: The cells of rows from one to another, before the latter.
Reader: TypeAlias = Callable[[int, int], Cells]


def is_readable(columns: Sequence[Column]) -> bool:
    """Return whether Arrow has the types of all columns."""
    return bool(columns) and all(_is_known(column.type) for column in columns)


def decode_batches(
    chunks: Iterator[bytes], columns: Sequence[Column], count: int, *, has_exact_times: bool
) -> Iterator[Batch]:
    """Yield `count` rows in batches, the last of them after verifying that the stream is whole.

    Raises MalformedResponseError for a wrong checksum, another number of rows, and whatever else
    does not fit the columns.
    """
    found = 0
    messages = read_batches(Pieces(chunks))
    for message in messages:
        found += message.row_count
        if found > count:
            break
        try:
            readers = _Body(message).readers(columns)
            if found == count:
                found += sum(rest.row_count for rest in messages)
                if found > count:
                    break
            step = _rows_at_once(message, len(columns))
            for start in range(0, message.row_count, step):
                stop = min(start + step, message.row_count)
                cells = [read(start, stop) for read in readers]
                yield Batch(cells, stop - start, has_exact_times=has_exact_times)
        except (ValueError, OverflowError, struct.error) as error:
            raise MalformedResponseError("A batch of rows can't be decoded.") from error
    if found != count:
        raise MalformedResponseError(f"Expected {count} rows, received {found} or more.")


def _rows_at_once(message: RecordBatch, column_count: int) -> int:
    """Return how many rows become cells at once: fewer of wide ones, a multiple of 8."""
    body_bytes = sum(map(len, message.buffers))
    by_bytes = _BYTES_AT_ONCE * message.row_count // max(1, body_bytes)
    return max(8, min(_ROWS_AT_ONCE, _CELLS_AT_ONCE // column_count, by_bytes) // 8 * 8)


class _Body:
    """Gives each column what of the batch belongs to it, checked."""

    def __init__(self, batch: RecordBatch) -> None:
        self._row_count = batch.row_count
        self._nodes = iter(batch.nodes)
        self._buffers = iter(batch.buffers)

    def readers(self, columns: Sequence[Column]) -> list[Reader]:
        """Return a reader for each of the columns."""
        readers = [_MAKERS[column.type.name](self, column.type) for column in columns]
        if next(self._nodes, None) is not None or next(self._buffers, None) is not None:
            raise ValueError("more columns than the session has")
        return readers

    def validity(self) -> memoryview | None:
        """Return the bits of the next node's values that are not NULL; None: all are not."""
        length, null_count = next(self._nodes, (-1, 0))
        if length != self._row_count or not 0 <= null_count <= length:
            raise ValueError("a column of another length")
        bits = self.buffer(self._row_count if null_count else 0, bits=1)
        return bits if null_count else None

    def buffer(self, count: int, *, bits: int) -> memoryview:
        """Return the next buffer, which has room for so many values."""
        buffer = next(self._buffers, None)
        if buffer is None or len(buffer) * 8 < count * bits:
            raise ValueError("a buffer too short")
        return buffer

    def numbers(self, form: str) -> Callable[[int, int], tuple[Value, ...]]:
        """Return a reader of the numbers of the next buffer, by their format in `struct`."""
        size = struct.calcsize(f"<{form}")
        buffer = self.buffer(self._row_count, bits=8 * size)
        return lambda start, stop: struct.unpack_from(
            f"<{stop - start}{form}", buffer, start * size
        )

    def texts(self) -> tuple[memoryview, memoryview]:
        """Return the next two buffers: where texts begin, and the texts."""
        offsets = self.buffer(self._row_count + 1 if self._row_count else 0, bits=32)
        return offsets, self.buffer(0, bits=8)

    def values(self, bits: int) -> memoryview:
        """Return the next buffer, of values of so many bits."""
        return self.buffer(self._row_count, bits=bits)


def _numbers(form: str) -> Callable[[_Body, DataType], Reader]:
    def make(body: _Body, _: DataType) -> Reader:
        validity, read = body.validity(), body.numbers(form)
        kind = float if form in "fd" else int
        return lambda start, stop: _cells(read(start, stop), kind, validity, start, stop)

    return make


def _booleans(body: _Body, _: DataType) -> Reader:
    validity, bits = body.validity(), body.values(1)

    def read(start: int, stop: int) -> Cells:
        digits = _digits(bits, start, stop)
        values = [digit == "1" for digit in digits] if "0" in digits else [True] * len(digits)
        return _cells(values, bool, validity, start, stop)

    return read


def _texts(body: _Body, _: DataType) -> Reader:
    validity, (offsets, data) = body.validity(), body.texts()

    def read(start: int, stop: int) -> Cells:
        raw, places = _raw(offsets, data, start, stop)
        if raw.isascii():
            text = raw.decode("ascii")
            values = [text[begin:end] for begin, end in pairwise(places)]
        else:  # strings can contain any bytes
            values = [raw[begin:end].decode("utf-8", "replace") for begin, end in pairwise(places)]
        return Cells(_valid(values, validity, start, stop))

    return read


def _binaries(body: _Body, _: DataType) -> Reader:
    validity, (offsets, data) = body.validity(), body.texts()

    def read(start: int, stop: int) -> Cells:
        raw, places = _raw(offsets, data, start, stop)
        values = [raw[begin:end] for begin, end in pairwise(places)]
        return _cells(values, bytes, validity, start, stop)

    return read


def _raw(
    offsets: memoryview, data: memoryview, start: int, stop: int
) -> tuple[bytes, Sequence[int]]:
    """Return the bytes of some texts, and where among them each begins and the last one ends."""
    places: tuple[int, ...] = struct.unpack_from(f"<{stop - start + 1}i", offsets, start * 4)
    first, last = places[0], places[-1]
    if first < 0 or last > len(data) or list(places) != sorted(places):
        raise ValueError("a text outside the buffer")
    raw = bytes(data[first:last])
    return raw, [place - first for place in places] if first else places


def _days(body: _Body, _: DataType) -> Reader:
    validity, read = body.validity(), body.numbers("i")
    return lambda start, stop: DayCells(_valid(read(start, stop), validity, start, stop))


def _datetimes(body: _Body, _: DataType) -> Reader:
    validity, read = body.validity(), body.numbers("q")

    def cells(start: int, stop: int) -> Cells:
        millis = read(start, stop)
        seconds = [one // _MILLIS for one in millis]
        nanoseconds = [one % _MILLIS * _NANOS_OF_A_MILLI for one in millis]
        return TimeCells(_valid(seconds, validity, start, stop), nanoseconds, is_wall_time=False)

    return cells


def _parts(body: _Body) -> Callable[[int, int], tuple[Sequence[int | None], Sequence[int]]]:
    """Return a reader of structs of seconds and nanoseconds."""
    validity = body.validity()
    of_seconds, seconds = body.validity(), body.numbers("q")
    of_nanoseconds, nanoseconds = body.validity(), body.numbers("i")

    def read(start: int, stop: int) -> tuple[Sequence[int | None], Sequence[int]]:
        found: Sequence[int | None] = seconds(start, stop)
        for bits in (validity, of_seconds, of_nanoseconds):
            found = _valid(found, bits, start, stop)
        return found, nanoseconds(start, stop)

    return read


def _timestamps(body: _Body, data_type: DataType) -> Reader:
    read = _parts(body)
    is_wall_time = data_type.name == "timestamp_ntz"
    return lambda start, stop: TimeCells(*read(start, stop), is_wall_time=is_wall_time)


def _intervals(body: _Body, _: DataType) -> Reader:
    read = _parts(body)

    def cells(start: int, stop: int) -> Cells:
        return Cells(
            [
                None if seconds is None else span_value(seconds, nanoseconds)
                for seconds, nanoseconds in zip(*read(start, stop), strict=True)
            ]
        )

    return cells


def _decimals(body: _Body, data_type: DataType) -> Reader:
    precision, scale = data_type.parameters
    words = 2 if precision <= _MOST_DIGITS_128 else 4
    size = 8 * words
    validity, buffer = body.validity(), body.values(8 * size)

    def cells(start: int, stop: int) -> Cells:
        raw = bytes(buffer[start * size : stop * size])
        parts = struct.unpack(f"<{(stop - start) * words}q", raw)
        lows, highs = parts[::words], parts[1::words]
        if words == 2 and all(  # noqa: PLR2004  -- words
            high == -1 if low < 0 else not high for low, high in zip(lows, highs, strict=True)
        ):
            numbers: Sequence[int] = lows
        else:
            numbers = [
                int.from_bytes(raw[place : place + size], "little", signed=True)
                for place in range(0, len(raw), size)
            ]
        texts = [_decimal_text(number, scale) for number in numbers]
        return DecimalCells(_valid(texts, validity, start, stop))

    return cells


def _decimal_text(number: int, scale: int) -> str:
    if not scale:
        return str(number)
    digits = str(abs(number)).rjust(scale + 1, "0")
    return f"{'-' if number < 0 else ''}{digits[:-scale]}.{digits[-scale:]}"


def _cells(
    values: Sequence[Value], kind: type, validity: memoryview | None, start: int, stop: int
) -> Cells:
    found = _valid(values, validity, start, stop)
    return Cells(found, kind if found is values else None)


def _valid(
    values: Sequence[Value], validity: memoryview | None, start: int, stop: int
) -> Sequence[Value]:
    """Return the values with None for NULL."""
    if validity is None:
        return values
    digits = _digits(validity, start, stop)
    if "0" not in digits:
        return values
    return [value if digit == "1" else None for value, digit in zip(values, digits, strict=True)]


def _digits(bits: memoryview, start: int, stop: int) -> str:
    """Return bits as digits; `start` is a multiple of 8."""
    raw = bytes(bits[start // 8 : (stop + 7) // 8])
    # A one in front keeps the zeros behind it.
    digits = bin(int.from_bytes(raw, "little") | 1 << 8 * len(raw))
    return digits[:2:-1][: stop - start]


_MAKERS: dict[str, Callable[[_Body, DataType], Reader]] = {
    "tinyint": _numbers("b"),
    "smallint": _numbers("h"),
    "int": _numbers("i"),
    "bigint": _numbers("q"),
    "float": _numbers("f"),
    "double": _numbers("d"),
    "boolean": _booleans,
    **dict.fromkeys(("string", "char", "varchar"), _texts),
    "binary": _binaries,
    "decimal": _decimals,
    "date": _days,
    "datetime": _datetimes,
    **dict.fromkeys(("timestamp", "timestamp_ntz"), _timestamps),
    "interval_day_time": _intervals,
}


def _is_known(data_type: DataType) -> bool:
    if data_type.name != "decimal":
        return data_type.name in _MAKERS
    # Without precision and scale the width of its values is not known.
    if len(data_type.parameters) != 2:  # noqa: PLR2004  -- both
        return False
    precision, scale = data_type.parameters
    return 0 < precision <= 76 and 0 <= scale <= precision  # noqa: PLR2004  -- that is Arrow's limit
