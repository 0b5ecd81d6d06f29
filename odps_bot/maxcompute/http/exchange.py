"""A request before it is encoded, and the response to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # `requests` is imported with the first request, see `Transport`
    from odps_bot.maxcompute.http.sessions import UnreadResponse

#: The first segment of requests about interactive instances, see `InteractiveTransport`.
INTERACTIVE = "mcqa"


def below_interactive(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the path without the segment that requests about interactive instances begin with."""
    return path[1:] if path[:1] == (INTERACTIVE,) else path


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to ask for, before it is encoded."""

    method: str
    path: tuple[str, ...]  #: segments after the endpoint
    params: Mapping[str, str] = field(default_factory=dict)  #: an action has an empty value
    body: bytes | None = None
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    is_idempotent: bool = False  #: a POST that can be sent any number of times
    max_response_bytes: int | None = None  #: None: as many as the transport allows
    hold: timedelta = timedelta()  #: the service may hold the response so long before it sends it
    before_sending: Callable[[], None] | None = None  #: called last; what it raises ends the call

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it twice has the effect of sending it once."""
        return self.is_idempotent or self.method != "POST"

    @property
    def project(self) -> str:
        """The project that is asked; empty where it is the service itself."""
        path = below_interactive(self.path)
        return path[1] if path[:1] == ("projects",) and len(path) > 1 else ""


@dataclass(frozen=True, slots=True)
class Response:
    """A response, read in full unless it is streamed. Header names are case-insensitive."""

    http_status: int
    headers: Mapping[str, str]
    body: bytes  #: empty when it is streamed
    stream: "UnreadResponse | None" = None
