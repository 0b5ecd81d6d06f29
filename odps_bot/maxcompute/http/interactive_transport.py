"""How requests about interactive (MaxQA) instances differ from others.

They are sent as PyODPS (`odps/models/session/v2.py`) and the Java SDK (`Instances.create`,
`Instance.reload`) do: below `/mcqa`, with a header that names the connection to the quota, and with
the cookie of the query.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from odps_bot.maxcompute.http.exchange import INTERACTIVE, Request, Response
from odps_bot.maxcompute.http.rest import NO_PARAMS, Rest
from odps_bot.maxcompute.http.retries import RetryPolicy
from odps_bot.maxcompute.wire import is_sendable

CONNECTION_HEADER = "x-odps-mcqa-conn"
COOKIE_HEADER = "x-odps-mcqa-query-cookie"


class InteractiveTransport:
    """Sends the requests about one interactive instance, its submission included. Thread-safe.

    The connections are those of `rest`. Without `connection` its header is empty, as the Java SDK
    sends it of an instance that it knows by its id only.
    """

    def __init__(self, rest: Rest, *, connection: str = "") -> None:
        self.rest = rest
        self._connection = connection
        self._cookie: str | None = None

    @property
    def endpoint(self) -> str:
        """The endpoint's URL."""
        return self.rest.endpoint

    @property
    def retries(self) -> RetryPolicy:
        """How often requests are sent."""
        return self.rest.retries

    @property
    def clock(self) -> Callable[[], datetime]:
        """The time."""
        return self.rest.clock

    def send(self, request: Request) -> Response:
        """Send a request below `/mcqa`; the response's cookie goes with the next one."""
        headers = {**request.headers, CONNECTION_HEADER: self._connection}
        if self._cookie is not None:
            headers[COOKIE_HEADER] = self._cookie
        response = self.rest.send(
            replace(request, path=(INTERACTIVE, *request.path), headers=headers)
        )
        cookie = response.headers.get(COOKIE_HEADER, "")
        if is_sendable(cookie):
            self._cookie = cookie
        return response

    def get(self, path: tuple[str, ...], params: Mapping[str, str] = NO_PARAMS) -> Response:
        """Send a GET request likewise."""
        return self.send(Request(method="GET", path=path, params=params))

    def close(self) -> None:
        """Close the connections, which others use too."""
        self.rest.close()
