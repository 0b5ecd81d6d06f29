"""MaxCompute's data types, parsed from their names. Pure.

https://www.alibabacloud.com/help/en/maxcompute/user-guide/data-type-editions
"""

import re
from dataclasses import dataclass, field

from odps_bot.maxcompute.errors import MalformedResponseError

#: Levels of nested types; a deeper schema is malformed.
_MAX_DEPTH = 32

#: Digits of a length, precision or scale.
_LONGEST_PARAMETER = 9

#: Any other character is a token that fits nowhere.
_TOKEN = re.compile(r"\s*([A-Za-z_]\w*|`(?:[^`]|``)*`|\d+|[<>(),:]|\S)")


@dataclass(frozen=True, slots=True)
class DataType:
    """A type such as `bigint`, or a composite such as `map<string,bigint>`."""

    name: str  #: in lower case, without length or precision
    arguments: tuple["DataType", ...] = ()  #: of an array, map or struct
    fields: tuple[str, ...] = ()  #: of a struct, in the order of `arguments`
    #: as declared: the length, or precision and scale; types that differ in them alone are equal
    parameters: tuple[int, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result."""

    name: str
    type: DataType


STRING = DataType("string")


def parse_data_type(text: str) -> DataType:
    """Parse a type. Raises MalformedResponseError for invalid text."""
    tokens = _Tokens(text)
    try:
        data_type = tokens.data_type(depth=0)
        tokens.expect("")
    except ValueError as error:
        raise MalformedResponseError(f"{text[:100]!r} is not a data type.") from error
    return data_type


class _Tokens:
    def __init__(self, text: str) -> None:
        self._left = [found[1] for found in _TOKEN.finditer(text)][::-1]

    def next(self) -> str:
        """Return the next token; an empty text at the end."""
        return self._left.pop() if self._left else ""

    def expect(self, *tokens: str) -> str:
        found = self.next()
        if found not in tokens:
            raise ValueError(f"{found!r} is not expected")
        return found

    def data_type(self, *, depth: int) -> DataType:
        name = self.next().lower()
        if depth > _MAX_DEPTH or not name.isidentifier():
            raise ValueError("no name")
        if name in {"array", "map"}:
            return DataType(name, self._arguments(1 if name == "array" else 2, depth))
        if name == "struct":
            return self._struct(depth)
        return DataType(name, parameters=self._parameters())

    def _parameters(self) -> tuple[int, ...]:
        """Return the length of char and varchar, or precision and scale of a decimal."""
        found = []
        if self._left[-1:] == ["("]:
            while (token := self.next()) not in {")", ""}:
                if token.isdecimal() and len(token) <= _LONGEST_PARAMETER:
                    found.append(int(token))
        return tuple(found)

    def _arguments(self, count: int, depth: int) -> tuple[DataType, ...]:
        arguments = []
        for before in ("<", ",")[:count]:
            self.expect(before)
            arguments.append(self.data_type(depth=depth + 1))
        self.expect(">")
        return tuple(arguments)

    def _struct(self, depth: int) -> DataType:
        fields, arguments = [], []
        self.expect("<")
        while True:
            fields.append(self.next().strip("`"))
            self.expect(":")
            arguments.append(self.data_type(depth=depth + 1))
            if self.expect(",", ">") == ">":
                return DataType("struct", tuple(arguments), tuple(fields))
