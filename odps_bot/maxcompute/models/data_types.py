"""MaxCompute's data types, parsed from their names. Pure.

https://www.alibabacloud.com/help/en/maxcompute/user-guide/data-type-editions
"""

import re
from dataclasses import dataclass

from odps_bot.maxcompute.errors import MalformedResponseError

#: Levels of nested types; a deeper schema is malformed.
_MAX_DEPTH = 32

_TOKEN = re.compile(r"\s*([A-Za-z_]\w*|`(?:[^`]|``)*`|\d+|[<>(),:])")


@dataclass(frozen=True, slots=True)
class DataType:
    """A type such as `bigint`, or a composite such as `map<string,bigint>`."""

    name: str  #: in lower case, without length or precision
    arguments: tuple["DataType", ...] = ()  #: of an array, map or struct
    fields: tuple[str, ...] = ()  #: of a struct, in the order of `arguments`


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result."""

    name: str
    type: DataType


STRING = DataType("string")


def parse_data_type(text: str) -> DataType:
    """Parse a type. Raises MalformedResponseError for invalid text."""
    tokens = _Tokens(text)
    data_type = tokens.data_type(depth=0)
    if tokens.next() is not None:
        raise MalformedResponseError(f"{text[:100]!r} is not a data type.")
    return data_type


class _Tokens:
    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    def next(self) -> str | None:
        if not self._text[self._position :].strip():
            return None
        match = _TOKEN.match(self._text, self._position)
        if match is None:
            raise MalformedResponseError(f"{self._text[:100]!r} is not a data type.")
        self._position = match.end()
        return match[1]

    def expect(self, *tokens: str) -> str:
        found = self.next()
        if found not in tokens:
            raise MalformedResponseError(f"{self._text[:100]!r} is not a data type.")
        return found

    def data_type(self, *, depth: int) -> DataType:
        name = (self.next() or "").lower()
        if depth > _MAX_DEPTH or not name.isidentifier():
            raise MalformedResponseError(f"{self._text[:100]!r} is not a data type.")
        if name in {"array", "map"}:
            return DataType(name, self._arguments(1 if name == "array" else 2, depth))
        if name == "struct":
            return self._struct(depth)
        self._skip_lengths()
        return DataType(name)

    def _arguments(self, count: int, depth: int) -> tuple[DataType, ...]:
        self.expect("<")
        arguments = [self.data_type(depth=depth + 1)]
        for _ in range(count - 1):
            self.expect(",")
            arguments.append(self.data_type(depth=depth + 1))
        self.expect(">")
        return tuple(arguments)

    def _struct(self, depth: int) -> DataType:
        fields, arguments = [], []
        self.expect("<")
        while True:
            fields.append((self.next() or "").strip("`"))
            self.expect(":")
            arguments.append(self.data_type(depth=depth + 1))
            if self.expect(",", ">") == ">":
                return DataType("struct", tuple(arguments), tuple(fields))

    def _skip_lengths(self) -> None:
        """Skip the length or precision of decimal, char and varchar."""
        before = self._position
        if self.next() != "(":
            self._position = before
            return
        while self.next() not in {")", None}:
            pass
