"""Requests on their way: signed, sent, repeated where that is safe, refused answers raised."""

import copy
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import quote, urlsplit

from odps_bot.maxcompute.errors import (
    ApiError,
    AuthenticationError,
    ConnectionFailedError,
    InvalidArgumentError,
    MalformedResponseError,
    ThrottledError,
)
from odps_bot.maxcompute.http.credentials import CredentialsProvider
from odps_bot.maxcompute.http.error_responses import (
    is_v4_rejected,
    parse_error_response,
    server_time,
)
from odps_bot.maxcompute.http.exchange import Connections, Request, Response, StreamedResponse
from odps_bot.maxcompute.http.instrumentation import RequestObserver, operation_of
from odps_bot.maxcompute.http.retries import RetryPolicy
from odps_bot.maxcompute.http.signing import SigningKeys, canonical_string, credential_headers
from odps_bot.maxcompute.http.throttle import NoThrottle, Throttle
from odps_bot.maxcompute.wire import format_http_date

log = logging.getLogger(__name__)

DEFAULT_MAX_RESPONSE_BYTES = 64 * 1024 * 1024

#: An answer that drips in may take so many read time-outs in all.
_READ_TIMEOUTS_PER_RESPONSE = 10

#: A clock that is off by less than this is not why a request was refused.
_LEAST_SKEW = timedelta(minutes=1)


class Transport:
    """Sends requests to one endpoint. Threads may share it."""

    def __init__(
        self,
        endpoint: str,
        *,
        credentials: CredentialsProvider,
        region: str | None,
        default_params: Mapping[str, str],
        connect_timeout: timedelta,
        read_timeout: timedelta,
        retries: RetryPolicy,
        user_agent: str,
        clock: Callable[[], datetime],
        max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES,
        throttle: Throttle | None = None,
        observer: RequestObserver | None = None,
    ) -> None:
        self.endpoint = _checked(endpoint)
        self.retries = retries
        self._credentials = credentials
        self._region = region  # None: sign by version 2
        self._default_params = default_params
        self._timeouts = (connect_timeout.total_seconds(), read_timeout.total_seconds())
        self._response_timeout = read_timeout * _READ_TIMEOUTS_PER_RESPONSE
        self._user_agent = user_agent
        self.clock = clock
        self._clock_offset = timedelta()  # the service's clock minus ours, once known
        self._max_response_bytes = max_response_bytes
        self._throttle = throttle or NoThrottle()
        self._observer = observer
        self._keys = SigningKeys()
        self._connections: Connections | None = None  # see _connected
        self._opening = threading.Lock()

    def at(self, endpoint: str) -> "Transport":
        """Return a transport of the same kind to another endpoint, with connections of its own."""
        other = copy.copy(self)
        other.endpoint = _checked(endpoint)
        other._connections = None  # noqa: SLF001  -- it is one of us
        return other

    def send(self, request: Request) -> Response:
        """Send a request and return its answer if it is good.

        A request that is safe to repeat is repeated on resets, time-outs, 429 and 5xx, as the
        policy says; a POST that does something only while nothing of it can have arrived. Raises
        ApiError, ConnectionFailedError and MalformedResponseError.
        """
        return self._send_with_retries(request, is_streamed=False)

    @contextmanager
    def stream(self, request: Request) -> Iterator[Iterator[bytes]]:
        """Send a request as `send` does, and give the body of its answer piece by piece.

        Reading the pieces raises ConnectionFailedError when the connection breaks.
        """
        answer = self._send_with_retries(request, is_streamed=True).stream
        assert answer is not None  # noqa: S101  -- what was asked for
        with closing(answer):
            yield answer.chunks()

    def _send_with_retries(self, request: Request, *, is_streamed: bool) -> Response:
        tries = 0
        while True:
            tries += 1
            try:
                return self._send_corrected(request, is_streamed=is_streamed)
            except (ApiError, ConnectionFailedError) as error:
                pause = self._pause_before_retry(request, error, tries)
                if pause is None:
                    raise
                log.debug("%s %s again in %s: %s", request.method, request.path, pause, error)
            self.retries.sleep(pause.total_seconds())

    def close(self) -> None:
        """Close the connections of all threads."""
        if self._connections is not None:
            self._connections.close()

    def _pause_before_retry(
        self, request: Request, error: ApiError | ConnectionFailedError, tries: int
    ) -> timedelta | None:
        was_sent = not isinstance(error, ConnectionFailedError) or error.was_sent
        if not error.is_retryable or (was_sent and not request.is_repeatable):
            return None
        retry_after = error.retry_after if isinstance(error, ApiError) else None
        return self.retries.pause_after(tries, retry_after)

    def _send_corrected(self, request: Request, *, is_streamed: bool) -> Response:
        """Send once, and again after a refusal that tells what was wrong with the signature."""
        ask = partial(self._ask, request, is_streamed=is_streamed)
        # What this request was signed by: another thread may learn better in the meantime.
        region, offset = self._region, self._clock_offset
        response, error = ask(region=region)
        if error and self._correct_clock(response, error, used_offset=offset):
            response, error = ask(region=region)
        if error and region is not None and is_v4_rejected(error):
            response, v2_error = ask(region=None)
            if not isinstance(v2_error, AuthenticationError):
                self._region = None
                error = v2_error
        if error:
            raise error
        return response

    def _correct_clock(
        self, response: Response, error: ApiError, *, used_offset: timedelta
    ) -> bool:
        """Learn the service's time from a refusal; whether that may help."""
        server_now = server_time(error, response.headers)
        if server_now is None:
            return False
        self._clock_offset = server_now - self.clock()
        return abs(self._clock_offset - used_offset) > _LEAST_SKEW

    def _ask(
        self, request: Request, *, region: str | None, is_streamed: bool
    ) -> tuple[Response, ApiError | None]:
        self._throttle.wait_for_turn()
        response = self._exchange(request, region=region, is_streamed=is_streamed)
        if _is_good(response.http_status):
            return response, None
        error = parse_error_response(
            response.http_status, response.headers, response.body, now=self.clock()
        )
        if isinstance(error, ThrottledError):
            self._throttle.slow_down(error.retry_after)
        return response, error

    def _exchange(self, request: Request, *, region: str | None, is_streamed: bool) -> Response:
        params = {**request.params, **self._default_params}
        headers = self._signed_headers(request, params, region=region)
        began_s = time.perf_counter()
        http_status = None
        try:
            answer = self._connected().send(
                request.method,
                target=_encoded(request.path, params),
                headers=headers,
                body=request.body,
                timeouts=self._timeouts,
            )
            http_status = answer.http_status
        finally:
            self._observe(request, http_status, time.perf_counter() - began_s)
        log.debug("%s %s: HTTP %d", request.method, request.path, answer.http_status)
        if is_streamed and _is_good(answer.http_status):
            return Response(answer.http_status, answer.headers, b"", stream=answer)
        with closing(answer):
            return Response(answer.http_status, answer.headers, self._read(answer))

    def _observe(self, request: Request, http_status: int | None, took_s: float) -> None:
        if self._observer is not None:
            operation = operation_of(request.method, request.path, request.params)
            self._observer(operation, http_status, timedelta(seconds=took_s))

    def _signed_headers(
        self, request: Request, params: Mapping[str, str], *, region: str | None
    ) -> dict[str, str]:
        now = self.clock() + self._clock_offset
        headers = {
            "Accept-Encoding": "identity",
            "User-Agent": self._user_agent,
            "x-odps-user-agent": self._user_agent,
            "Date": format_http_date(now),
            **request.headers,
        }
        if request.content_type is not None:
            headers["Content-Type"] = request.content_type
        if request.body is not None:
            headers["Content-Length"] = str(len(request.body))
        text = canonical_string(
            request.method, "/" + "/".join(request.path), params=params, headers=headers
        )
        return headers | credential_headers(
            self._credentials.get(), text, at=now, region=region, keys=self._keys
        )

    def _connected(self) -> Connections:
        """Return the connections; the first request makes them."""
        if self._connections is None:
            # Loaded as late as this because `requests` costs more than the rest of the client, and
            # who makes a client need not ask anything: the bot leaves that to its workers.
            from odps_bot.maxcompute.http.sessions import ThreadSessions  # noqa: PLC0415  -- see above

            with self._opening:  # threads may send their first requests at once
                if self._connections is None:
                    self._connections = ThreadSessions(self.endpoint)
        return self._connections

    def _read(self, answer: StreamedResponse) -> bytes:
        body = bytearray()
        deadline = self.clock() + self._response_timeout
        for chunk in answer.chunks():
            body += chunk
            if len(body) > self._max_response_bytes:
                raise MalformedResponseError(
                    f"The answer is larger than {self._max_response_bytes} bytes."
                )
            if self.clock() > deadline:
                raise ConnectionFailedError("The answer drips in too slowly.", was_sent=True)
        return bytes(body)


def _checked(endpoint: str) -> str:
    try:
        parts = urlsplit(endpoint)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _ = parts.port  # raises for what is no port
    except ValueError:
        is_address = False
    if not is_address:
        raise InvalidArgumentError(f"{endpoint!r} is no http or https address.")
    return endpoint.rstrip("/")


def _is_good(http_status: int) -> bool:
    return 200 <= http_status < 300  # noqa: PLR2004  -- 2xx


def _encoded(path: tuple[str, ...], params: Mapping[str, str]) -> str:
    segments = "".join(f"/{quote(segment, safe='')}" for segment in path)
    query = "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}" if value else quote(name, safe="")
        for name, value in params.items()
    )
    return f"{segments}?{query}" if query else segments
