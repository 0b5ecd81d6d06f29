"""A request as the handlers see it, and the answer that they give."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Caller:
    """Who sends a request."""

    access_key_id: str
    #: The account, for example `ALIYUN$sandbox-id@example.com`.
    owner: str
    #: With a bearer token: the only resource that it opens, for reading; `p/instances/i`.
    readable: str | None = None


#: Who opens a page without saying so.
ANONYMOUS = Caller("", "")


@dataclass(frozen=True)
class Call:
    """One request, understood and permitted."""

    method: str
    #: What stands in the path's places: project, instance_id and so on.
    names: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    caller: Caller
    now: datetime
    #: The server's own address, `http://host:port`.
    origin: str


@dataclass(frozen=True)
class Response:
    """What goes back."""

    http_status: int = 200
    body: bytes = b""
    content_type: str = "application/xml"
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Instead of `body`: pieces that are made while they are sent, in a thread.
    chunks: Iterator[bytes] | None = None


def text_response(text: str, *, content_type: str = "text/plain") -> Response:
    """Answer 200 with a text."""
    return Response(body=text.encode(), content_type=content_type)
