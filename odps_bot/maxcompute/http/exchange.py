"""A request before it is encoded, and the response to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol


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

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it twice has the effect of sending it once."""
        return self.is_idempotent or self.method != "POST"


class StreamedResponse(Protocol):
    """A response whose body has not been read yet."""

    http_status: int
    headers: Mapping[str, str]  #: names are case-insensitive

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives. Raises ConnectionFailedError when the connection breaks."""
        ...

    def close(self) -> None:
        """Discard what has not been read."""
        ...


@dataclass(frozen=True, slots=True)
class Response:
    """A response, read in full unless it is streamed. Header names are case-insensitive."""

    http_status: int
    headers: Mapping[str, str]
    body: bytes  #: empty when it is streamed
    stream: StreamedResponse | None = None


class Connections(Protocol):
    """Open connections to one endpoint."""

    def send(
        self,
        method: str,
        *,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeouts: tuple[float, float],
    ) -> StreamedResponse:
        """Send a request, see `sessions.ThreadSessions.send`."""
        ...

    def close(self) -> None:
        """Close the connections of all threads."""
        ...
