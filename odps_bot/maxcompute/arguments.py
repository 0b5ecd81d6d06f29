"""What callers pass, checked before anything is sent and brought into one form. Pure.

Everything raises InvalidArgumentError, which names the argument: InvalidArgumentTypeError, also a
TypeError, for a type that can't be meant.
"""

import math
import operator
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Protocol, TypeAlias

from odps_bot.maxcompute.errors import (
    InvalidArgumentError,
    InvalidArgumentTypeError,
    InvalidInstanceIdError,
)
from odps_bot.maxcompute.models.instances import (
    InstanceStatus,
    QueueingInfo,
    is_instance_id,
)

#: A number counts seconds.
Duration: TypeAlias = timedelta | float

#: A number counts seconds since 1970-01-01 00:00 UTC.
Moment: TypeAlias = datetime | float


class Identified(Protocol):
    """An `Instance`, or an `InstanceSummary` of a listing."""

    @property
    def id(self) -> str:
        """Its id."""


#: What names an instance. One that knows its project is looked up there.
InstanceOrId: TypeAlias = str | Identified | QueueingInfo

#: Numbers of seconds are less for thousands of years; milliseconds since the epoch are not.
_FIRST_MILLIS = 10**11

_SHOWN = 60


def duration(name: str, value: Duration) -> timedelta:
    """Return a duration that is not negative."""
    if not isinstance(value, timedelta):
        seconds = _seconds(name, value, "a timedelta or a number of seconds")
        try:
            value = timedelta(seconds=seconds)
        except OverflowError:
            raise InvalidArgumentError(
                f"`{name}` is too long: {_shown(seconds)} seconds."
            ) from None
    if value < timedelta():
        raise InvalidArgumentError(f"`{name}` must not be negative, as {value.total_seconds()} s.")
    return value


def optional_duration(name: str, value: Duration | None) -> timedelta | None:
    """Return a duration that is not negative, or None."""
    return None if value is None else duration(name, value)


def timestamp(name: str, value: Moment) -> float:
    """Return a point in time as seconds since 1970-01-01 00:00 UTC."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise InvalidArgumentError(
                f"`{name}` needs a time zone, as in datetime.now(timezone.utc)."
            )
        return (value - datetime.fromtimestamp(0, UTC)).total_seconds()
    seconds = _seconds(name, value, "a datetime with a time zone or a number of seconds since 1970")
    if not 0 <= seconds < _FIRST_MILLIS:
        raise InvalidArgumentError(
            f"`{name}` counts seconds since 1970-01-01 00:00 UTC, not {_shown(value)}."
        )
    return seconds


def whole_number(name: str, value: int, *, least: int = 0, most: int | None = None) -> int:
    """Return a whole number within the bounds."""
    if isinstance(value, bool):
        raise _wrong_type(name, value, "a whole number")
    try:
        number = operator.index(value)
    except TypeError:
        raise _wrong_type(name, value, "a whole number") from None
    if number < least or (most is not None and number > most):
        bounds = f"{least} or more" if most is None else f"{least} to {most}"
        raise InvalidArgumentError(f"`{name}` must be {bounds}, not {_shown(number)}.")
    return number


def optional_whole_number(
    name: str, value: int | None, *, least: int = 0, most: int | None = None
) -> int | None:
    """Return a whole number within the bounds, or None."""
    return None if value is None else whole_number(name, value, least=least, most=most)


def flag(name: str, value: object) -> bool:
    """Return True or False: `"no"` would count as true."""
    if value is not True and value is not False:
        raise _wrong_type(name, value, "True or False")
    return value


def optional_flag(name: str, value: object) -> bool | None:
    """Return True, False or None."""
    return None if value is None else flag(name, value)


def text(name: str, value: object) -> str:
    """Return a text that is not blank."""
    if not isinstance(value, str):
        raise _wrong_type(name, value, "text")
    if not value.strip():
        raise InvalidArgumentError(f"`{name}` must not be empty.")
    return value


def optional_text(name: str, value: object) -> str | None:
    """Return a text that is not blank, or None."""
    return None if value is None else text(name, value)


def segment(name: str, value: object) -> str:
    """Return a text that can be part of a path."""
    found = text(name, value)
    if found in {".", ".."}:
        raise InvalidArgumentError(f"`{name}` can't be {found!r}.")
    return found


def sql(value: object) -> str:
    """Return a statement, which may also come as bytes in UTF-8."""
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError:
            raise InvalidArgumentError("`sql` must be text, or bytes in UTF-8.") from None
    return text("sql", value)


def mapping(name: str, value: object) -> Mapping[str, object]:
    """Return values by name; nothing for None."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _wrong_type(name, value, "a mapping of names to values")
    for key, one in value.items():
        if not isinstance(key, str):
            raise _wrong_type(f"{name}[{_shown(key)}]", key, "named by text")
        if one is None:
            raise InvalidArgumentError(f"`{name}[{key!r}]` has no value; leave it out.")
    return value


def status(value: object) -> InstanceStatus | None:
    """Return a status to look for, which may also come as its word in any case."""
    if value is None:
        return None
    word = value.value if isinstance(value, Enum) else value
    if not isinstance(word, str):
        raise _wrong_type("status", value, "an InstanceStatus or its word")
    found = InstanceStatus(word)
    if found is InstanceStatus.UNKNOWN:
        words = ", ".join(one.value for one in InstanceStatus if one is not InstanceStatus.UNKNOWN)
        raise InvalidArgumentError(f"`status` must be one of {words}, not {_shown(word)}.")
    return found


def instance_id(value: object) -> str:
    """Return the id of an instance. Raises InvalidInstanceIdError for anything else."""
    found = getattr(value, "id", None) or getattr(value, "instance_id", value)
    if not isinstance(found, str) or not is_instance_id(found):
        raise InvalidInstanceIdError(f"{_shown(found)} is not the id of an instance.")
    return found


def project_of(value: object, given: str | None, *, default: str) -> str:
    """Return the project of an instance: the one given, else its own, else the default."""
    own = getattr(value, "project", None)
    return project(given, default=own if isinstance(own, str) and own else default)


def project(given: str | None, *, default: str) -> str:
    """Return the project given, else the default."""
    return default if given is None else segment("project", given)


def _seconds(name: str, value: object, wanted: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong_type(name, value, wanted)
    try:
        seconds = float(value)
    except OverflowError:
        seconds = math.inf
    if not math.isfinite(seconds):
        raise InvalidArgumentError(f"`{name}` must be finite.")
    return seconds


def _wrong_type(name: str, value: object, wanted: str) -> InvalidArgumentTypeError:
    kind = type(value).__name__
    return InvalidArgumentTypeError(f"`{name}` must be {wanted}, not {_shown(value)} ({kind}).")


def _shown(value: object) -> str:
    try:
        shown = repr(value)
    except ValueError:  # thousands of digits, which Python does not write
        shown = f"a {type(value).__name__} too long to be shown"
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
