"""A request for the handlers, and their response."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Caller:
    """The sender of a request."""

    access_key_id: str
    #: The account, for example `ALIYUN$sandbox-id@example.com`.
    owner: str
    #: With a bearer token: the only resource that it can read, `p/instances/i`.
    readable: str | None = None


#: The caller of a page that needs no authentication.
ANONYMOUS = Caller("", "")


@dataclass(frozen=True)
class Call:
    """An authenticated request."""

    method: str
    #: The parameters of the path: project, instance_id and so on.
    names: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    caller: Caller
    now: datetime
    #: The server's own address, `http://host:port`.
    origin: str
    #: Whether the response may come later, where the service would wait with it.
    may_be_held: bool = True
    #: Whether it came by the way of interactive instances, below `/mcqa`.
    is_interactive: bool = False


@dataclass(frozen=True)
class Response:
    """The response to a request."""

    http_status: int = 200
    body: bytes = b""
    content_type: str = "application/xml"
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Instead of `body`: chunks that are generated in a thread while they are sent.
    chunks: Iterator[bytes] | None = None


def text_response(text: str, *, content_type: str = "text/plain") -> Response:
    """Return a response with a text."""
    return Response(body=text.encode(), content_type=content_type)
