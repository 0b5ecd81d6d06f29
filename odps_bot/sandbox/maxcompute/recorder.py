"""Every request that the server got, for tests to count."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

_MAX_REQUESTS = 20_000
#: So much of a body is kept.
MAX_BODY_BYTES = 16 * 1024


@dataclass(frozen=True)
class RecordedRequest:
    """One request and how it was answered."""

    method: str
    #: As it came over the wire, without the query.
    path: str
    query: Mapping[str, str]
    at: datetime
    #: None when the connection was dropped on purpose.
    http_status: int | None
    #: A name of `operations.OPERATIONS`; empty for what is none.
    operation: str
    headers: Mapping[str, str]
    body: bytes


class Recorder:
    """The newest requests, oldest first; may be used from any thread."""

    def __init__(self) -> None:
        self._requests: deque[RecordedRequest] = deque(maxlen=_MAX_REQUESTS)

    def add(self, request: RecordedRequest) -> None:
        """Note a request."""
        self._requests.append(request)

    def list(self) -> list[RecordedRequest]:
        """Return what is noted."""
        return list(self._requests)

    def clear(self) -> None:
        """Forget everything."""
        self._requests.clear()
