"""What requests to a service go through, whichever way they take there."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from odps_bot.maxcompute.http.exchange import Request, Response
from odps_bot.maxcompute.http.retries import RetryPolicy

NO_PARAMS: Mapping[str, str] = MappingProxyType({})


class Rest(Protocol):
    """Sends requests to one endpoint, as `Transport` does."""

    @property
    def endpoint(self) -> str:
        """The endpoint's URL."""

    @property
    def retries(self) -> RetryPolicy:
        """How often requests are sent."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """The time."""

    def send(self, request: Request) -> Response:
        """Send a request and return the response; raises as `Transport.send` does."""

    def get(self, path: tuple[str, ...], params: Mapping[str, str] = NO_PARAMS) -> Response:
        """Send a GET request likewise."""

    def close(self) -> None:
        """Close the connections."""
