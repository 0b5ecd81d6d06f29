"""A request before it is encoded, and the response to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # `requests` is imported with the first request, see `Transport`
    from odps_bot.maxcompute.http.sessions import UnreadResponse


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


@dataclass(frozen=True, slots=True)
class Response:
    """A response, read in full unless it is streamed. Header names are case-insensitive."""

    http_status: int
    headers: Mapping[str, str]
    body: bytes  #: empty when it is streamed
    stream: "UnreadResponse | None" = None
