"""A small schema language for Slack's payloads, with Slack's error messages."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Problem:
    """An error message with a JSON pointer to the invalid value."""

    message: str
    pointer: str

    def __str__(self) -> str:
        return f"{self.message} [json-pointer:{self.pointer}]"


class Shape(Protocol):
    """A schema that can validate a value."""

    def check(self, value: Any, at: str) -> Iterator[Problem]:
        """Yield the problems of `value`; `at` is its pointer."""


_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?")

Rule = Callable[[Any, str], Iterator[Problem]]


@dataclass(frozen=True, kw_only=True)
class String:
    """A string of `minimum` to `maximum` characters, or one of `choices`."""

    minimum: int = 0
    maximum: int | None = None
    choices: tuple[str, ...] = ()

    def check(self, value: Any, at: str) -> Iterator[Problem]:
        """Yield at most one problem."""
        if not isinstance(value, str):
            yield Problem("must provide a string", at)
        elif self.choices and value not in self.choices:
            yield Problem(f"must be one of: {', '.join(self.choices)}", at)
        elif len(value) < self.minimum:
            yield Problem(f"must be more than {self.minimum - 1} characters", at)
        elif self.maximum is not None and len(value) > self.maximum:
            yield Problem(f"must be less than {self.maximum + 1} characters", at)


@dataclass(frozen=True)
class NumberText:
    """A number in a string."""

    def check(self, value: Any, at: str) -> Iterator[Problem]:
        """Yield at most one problem."""
        if not isinstance(value, str):
            yield Problem("must provide a string", at)
        elif not _NUMBER.fullmatch(value):
            yield Problem("must be a number", at)


@dataclass(frozen=True)
class Boolean:
    """True or false."""

    def check(self, value: Any, at: str) -> Iterator[Problem]:
        """Yield at most one problem."""
        if not isinstance(value, bool):
            yield Problem("must provide a boolean", at)


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number within bounds."""

    minimum: int | None = None
    maximum: int | None = None
    exclusive_minimum: int | None = None
    is_whole: bool = False

    def check(self, value: Any, at: str) -> Iterator[Problem]:
        """Yield at most one problem."""
        kinds = int if self.is_whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            yield Problem(f"must provide {'an integer' if self.is_whole else 'a number'}", at)
        elif self.exclusive_minimum is not None and value <= self.exclusive_minimum:
            yield Problem(f"must be greater than {self.exclusive_minimum}", at)
        elif self.minimum is not None and value < self.minimum:
            yield Problem(f"must be greater than or equal to {self.minimum}", at)
        elif self.maximum is not None and value > self.maximum:
            yield Problem(f"must be less than or equal to {self.maximum}", at)


@dataclass(frozen=True, kw_only=True)
class ListOf:
    """A list of `minimum` to `maximum` items; null items only if `allows_null`."""

    item: Shape
    minimum: int = 0
    maximum: int | None = None
    allows_null: bool = False

    def check(self, value: Any, at: str) -> Iterator[Problem]:
        """Yield the problems of the list, then those of its items."""
        if not isinstance(value, list):
            yield Problem("must provide an array", at)
            return
        if len(value) < self.minimum:
            yield Problem(f"no less than {self.minimum} items allowed", at)
        if self.maximum is not None and len(value) > self.maximum:
            yield Problem(f"no more than {self.maximum} items allowed", at)
            return
        for index, item in enumerate(value):
            if item is not None or not self.allows_null:
                yield from self.item.check(item, f"{at}/{index}")


@dataclass(frozen=True, kw_only=True)
class Object:
    """An object with known fields; `rules` apply when each field by itself is valid."""

    fields: Mapping[str, Shape]
    required: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()

    def check(self, value: Any, at: str) -> Iterator[Problem]:
        """Yield missing and unknown fields, and the problems of the others."""
        if not isinstance(value, dict):
            yield Problem("must provide an object", at)
            return
        problems = [
            *(
                Problem(f"missing required field: {name}", at)
                for name in self.required
                if name not in value
            ),
            *(
                Problem(f"invalid additional property: {name}", at)
                for name in value
                if name not in self.fields
            ),
        ]
        for name, entry in value.items():
            if name in self.fields:
                problems.extend(self.fields[name].check(entry, f"{at}/{name}"))
        yield from problems
        if not problems:
            for rule in self.rules:
                yield from rule(value, at)


@dataclass(frozen=True, kw_only=True)
class ByType:
    """One of several objects, distinguished by their `type`.

    With `tries_all` Slack reports first that no alternative matches.
    """

    options: Callable[[], Mapping[str, Shape]]
    tries_all: bool = False

    def check(self, value: Any, at: str) -> Iterator[Problem]:
        """Yield the problems of the object as the one that its type names."""
        if not isinstance(value, dict):
            yield Problem("must provide an object", at)
            return
        kind, options = value.get("type"), self.options()
        if "type" not in value:
            problems = [Problem("missing required field: type", at)]
        elif not isinstance(kind, str) or kind not in options:
            problems = [Problem(f"unsupported type: {kind}", f"{at}/type")]
        else:
            problems = list(options[kind].check(value, at))
        if problems and self.tries_all:
            yield Problem("failed to match all allowed schemas", at)
        yield from problems


def one_of(options: Mapping[str, Shape], *, tries_all: bool = False) -> ByType:
    """Return the shape of the option that the `type` names."""
    return ByType(options=lambda: options, tries_all=tries_all)


def typed(
    kind: str,
    fields: Mapping[str, Shape],
    *,
    required: tuple[str, ...] = (),
    rules: tuple[Rule, ...] = (),
) -> Object:
    """Return an object whose `type` must be `kind`."""
    return Object(
        fields={"type": String(choices=(kind,)), **fields},
        required=("type", *required),
        rules=rules,
    )
