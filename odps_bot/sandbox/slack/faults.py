"""Fault injection: how the next calls of a Web API method fail."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, get_args

_NO_VALUES: Mapping[str, Any] = MappingProxyType({})

Kind = Literal["ratelimited", "http_500", "hang", "drop_after", "drop_before", "error"]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One way in which a call fails."""

    kind: Kind
    retry_after: int = 1  #: seconds, of `ratelimited`
    seconds: float = 5.0  #: of `hang`: the delay before the call is carried out
    code: str = "internal_error"  #: of `error`
    block_type: str = ""  #: only calls with such a block fail; empty: all calls
    channel: str = ""  #: only calls about this channel fail (its id); empty: all calls


@dataclass
class _PlannedFault:
    fault: Fault
    times: float


class Faults:
    """The planned faults by method (`*` means any)."""

    def __init__(self, *, guard: Callable[[], AbstractContextManager[Any]]) -> None:
        """Hold `guard` during every change."""
        self._guard = guard
        self._planned: dict[str, list[_PlannedFault]] = {}

    def add(self, *, method: str, kind: Kind, times: int | None = 1, **details: Any) -> None:
        """Let the next `times` calls of a Web API method, `upload` or `response_url` fail.

        With `times=None` every call fails until `clear`. Kinds are `ratelimited`
        (retry_after=seconds), `http_500`, `hang` (seconds=…), `error` (code=…), `drop_before` and
        `drop_after` (the connection is closed before or after the call was carried out, so that the
        caller cannot tell which). With `block_type="data_table"` only calls with such a block fail,
        with `channel` (an id) only those about that channel. A response_url supports
        `ratelimited`, `http_500`, `hang` and `error`.

        Raises ValueError for any other kind.
        """
        if kind not in get_args(Kind):
            raise ValueError(f"unknown fault {kind!r}; known are {', '.join(get_args(Kind))}")
        fault = Fault(kind=kind, **details)
        with self._guard():
            planned = _PlannedFault(fault, math.inf if times is None else times)
            self._planned.setdefault(method, []).append(planned)

    def clear(self) -> None:
        """Remove all planned faults."""
        with self._guard():
            self._planned.clear()

    def refuse_blocks(self, block_type: str, *, code: str, method: str = "*") -> None:
        """Refuse every call with a block of this type from now on, with `code`."""
        self.add(method=method, kind="error", times=None, code=code, block_type=block_type)

    def take(self, method: str, values: Mapping[str, Any] = _NO_VALUES) -> Fault | None:
        """Return the fault for this call with these arguments, if there is one."""
        with self._guard():
            for key in (method, "*"):
                for planned in self._planned.get(key, []):
                    if planned.times > 0 and _applies_to(planned.fault, values):
                        planned.times -= 1
                        return planned.fault
        return None


def _applies_to(fault: Fault, values: Mapping[str, Any]) -> bool:
    if fault.channel and values.get("channel") != fault.channel:
        return False
    return not fault.block_type or fault.block_type in set(_types_in(values))


def _types_in(value: Any) -> Iterator[str]:
    """Iterate over the types of all blocks in a call, at any depth and in any encoding."""
    if isinstance(value, str) and value.startswith(("[", "{")):
        try:
            value = json.loads(value)
        except ValueError:
            return
    if isinstance(value, Mapping):
        if isinstance(value.get("type"), str):
            yield value["type"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _types_in(item)
