"""Faults on purpose: what the Web API does wrong for the next calls of a method."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, get_args

Kind = Literal["ratelimited", "http_500", "hang", "drop_after", "drop_before", "error"]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One way to go wrong."""

    kind: Kind
    retry_after: int = 1  #: seconds, of `ratelimited`
    seconds: float = 5.0  #: of `hang`: the call is carried out only then
    code: str = "internal_error"  #: of `error`


@dataclass
class _Booked:
    fault: Fault
    times: int


class Faults:
    """The faults that are still to come, by method (`*` means any)."""

    def __init__(self, *, guard: Callable[[], AbstractContextManager[Any]]) -> None:
        """Hold `guard` around every change."""
        self._guard = guard
        self._booked: dict[str, list[_Booked]] = {}

    def add(self, *, method: str, kind: Kind, times: int = 1, **details: Any) -> None:
        """Let the next `times` calls of a Web API method, or of `upload`, go wrong.

        `ratelimited` (retry_after=seconds), `http_500`, `hang` (seconds=…), `error` (code=…),
        `drop_before` and `drop_after`: the connection is closed before or after the call was
        carried out, so that the caller cannot tell which. Raises ValueError for any other kind.
        """
        if kind not in get_args(Kind):
            raise ValueError(f"unknown fault {kind!r}; known are {', '.join(get_args(Kind))}")
        fault = Fault(kind=kind, **details)
        with self._guard():
            self._booked.setdefault(method, []).append(_Booked(fault, times))

    def clear(self) -> None:
        """Forget all that is still to come."""
        with self._guard():
            self._booked.clear()

    def take(self, method: str) -> Fault | None:
        """Return the fault of this call, if it is to go wrong."""
        with self._guard():
            for key in (method, "*"):
                for booked in self._booked.get(key, []):
                    if booked.times > 0:
                        booked.times -= 1
                        return booked.fault
        return None
