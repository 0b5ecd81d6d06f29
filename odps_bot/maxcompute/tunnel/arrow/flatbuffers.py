"""Tables of a FlatBuffer, every place checked: https://flatbuffers.dev/internals/. Pure."""

import struct

_MOST_ENTRIES = 1_000_000


class Table:
    """A table; its fields are numbered in the order of its definition, from 0.

    Reading raises ValueError or struct.error for places outside the data.
    """

    __slots__ = ("_data", "_position", "_vtable", "_vtable_bytes")

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self._position = position
        self._vtable = position - self._read("<i", position)
        self._vtable_bytes = self._read("<H", self._vtable)

    @classmethod
    def root(cls, data: bytes) -> "Table":
        """Return the table that the data begin with."""
        if len(data) < 4:  # noqa: PLR2004  -- its offset
            raise ValueError("too short")
        return cls(data, struct.unpack_from("<I", data)[0])

    def integer(self, number: int, form: str) -> int:
        """Return an integer of the format `form` of `struct`; 0 where it is left out."""
        place = self._place(number)
        return 0 if place is None else self._read(form, place)

    def table(self, number: int) -> "Table | None":
        """Return a table; None where it is left out."""
        place = self._place(number)
        return None if place is None else Table(self._data, place + self._read("<I", place))

    def pairs(self, number: int) -> list[tuple[int, int]]:
        """Return a vector of structs of two 64-bit integers."""
        place = self._place(number)
        if place is None:
            return []
        place += self._read("<I", place)
        count = self._read("<I", place)
        if count > _MOST_ENTRIES:
            raise ValueError("too many entries")
        numbers = struct.unpack_from(f"<{2 * count}q", self._data, place + 4)
        return list(zip(numbers[::2], numbers[1::2], strict=True))

    def _place(self, number: int) -> int | None:
        entry = 4 + 2 * number
        if entry + 2 > self._vtable_bytes:
            return None
        offset = self._read("<H", self._vtable + entry)
        return self._position + offset if offset else None

    def _read(self, form: str, place: int) -> int:
        if place < 0:  # which `struct` would count from the end
            raise ValueError("a place before the beginning")
        value: int = struct.unpack_from(form, self._data, place)[0]
        return value
