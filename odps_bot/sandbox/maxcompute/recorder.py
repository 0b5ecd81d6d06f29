"""Records the requests to the server, for tests."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

_MAX_REQUESTS = 20_000
#: The part of a body that is kept.
MAX_BODY_BYTES = 16 * 1024


@dataclass(frozen=True)
class RecordedRequest:
    """A request and its response status."""

    method: str
    #: As received, without the query.
    path: str
    query: Mapping[str, str]
    at: datetime
    #: None when the connection was dropped on purpose.
    http_status: int | None
    #: A name of `operations.OPERATIONS`, or empty.
    operation: str
    headers: Mapping[str, str]
    body: bytes


class Recorder:
    """The newest requests, oldest first; can be used from any thread."""

    def __init__(self) -> None:
        self._requests: deque[RecordedRequest] = deque(maxlen=_MAX_REQUESTS)

    def add(self, request: RecordedRequest) -> None:
        """Add a request."""
        self._requests.append(request)

    def list(self) -> list[RecordedRequest]:
        """Return the requests."""
        return list(self._requests)

    def clear(self) -> None:
        """Remove all requests."""
        self._requests.clear()
