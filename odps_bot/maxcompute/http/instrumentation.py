"""A hook for metrics: called after every request."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from odps_bot.maxcompute.http.exchange import INTERACTIVE, below_interactive


class RequestObserver(Protocol):
    """Called after every request that was sent."""

    def __call__(self, operation: str, http_status: int | None, took: timedelta) -> None:
        """Take note of a request, on any thread. `http_status` is None without a response.

        `operation` is its kind, without project or instance: ``GET instances/*?taskstatus``.
        """


def operation_of(method: str, path: tuple[str, ...], params: Mapping[str, str]) -> str:
    """Return the kind of a request; there are few, so it can be a label."""
    if path[:1] == (INTERACTIVE,):
        return operation_of(f"{method} {INTERACTIVE}", below_interactive(path), params)
    is_in_project = path[:1] == ("projects",) and len(path) > 2  # noqa: PLR2004  -- projects, its name
    segments = path[2:] if is_in_project else path
    kind = "/".join("*" if place % 2 else segment for place, segment in enumerate(segments))
    action = next((name for name, value in params.items() if not value), None)
    return f"{method} {kind}?{action}" if action else f"{method} {kind}"
