"""Sends requests: signs them, retries what is safe to retry, raises error responses."""

import copy
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from odps_bot.maxcompute.errors import (
    ApiError,
    AuthenticationError,
    ConnectionFailedError,
    GatewayError,
    HeldBackError,
    InvalidArgumentError,
    ResponseTooLargeError,
    ServerError,
    ThrottledError,
)
from odps_bot.maxcompute.http.admission import Admission, AdmitAll, Attempt
from odps_bot.maxcompute.http.credentials import CredentialsProvider
from odps_bot.maxcompute.http.error_responses import (
    is_v4_rejected,
    parse_error_response,
    server_time,
)
from odps_bot.maxcompute.http.exchange import Request, Response, below_interactive
from odps_bot.maxcompute.http.inflating import ACCEPTED, inflated
from odps_bot.maxcompute.http.instrumentation import RequestObserver, operation_of
from odps_bot.maxcompute.http.retries import RetryPolicy
from odps_bot.maxcompute.http.signing import SigningKeys, canonical_string, credential_headers
from odps_bot.maxcompute.http.throttle import NoThrottle, Throttle
from odps_bot.maxcompute.wire import format_http_date

if TYPE_CHECKING:
    from odps_bot.maxcompute.http.sessions import ThreadSessions, UnreadResponse

log = logging.getLogger(__name__)

DEFAULT_MAX_RESPONSE_BYTES = 64 * 1024 * 1024

#: Of responses that are read in full; smaller ones take twice the processor time for megabytes.
_CHUNK_BYTES = 256 * 1024

#: A slow response is given up after so many read timeouts in total, unless the client says else.
_READ_TIMEOUTS_PER_RESPONSE = 10

#: An endpoint in trouble is waited for no longer before something is posted.
_FIRST_TIMEOUT = timedelta(seconds=5)

#: With less time left nothing is sent any more.
_LEAST_TIME = timedelta(seconds=1)

_NO_PARAMS: Mapping[str, str] = MappingProxyType({})

#: A smaller clock skew is not why a request was rejected.
_MIN_SKEW = timedelta(minutes=1)


class Transport:
    """Sends requests to one endpoint. Thread-safe."""

    def __init__(
        self,
        endpoint: str,
        *,
        credentials: CredentialsProvider,
        region: str | None,
        default_params: Mapping[str, str],
        connect_timeout: timedelta,
        read_timeout: timedelta,
        response_timeout: timedelta | None = None,
        retries: RetryPolicy,
        user_agent: str,
        clock: Callable[[], datetime],
        max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES,
        throttle: Throttle | None = None,
        admission: Admission | None = None,
        time_left: Callable[[], timedelta | None] = lambda: None,
        observer: RequestObserver | None = None,
    ) -> None:
        self.endpoint = _checked_endpoint(endpoint)
        self.retries = retries
        self._credentials = credentials
        self._region = region  # None: sign by version 2
        self._default_params = default_params
        self._connect_timeout, self._read_timeout = connect_timeout, read_timeout
        self._response_timeout = response_timeout or read_timeout * _READ_TIMEOUTS_PER_RESPONSE
        self._time_left = time_left
        self._user_agent = user_agent
        self.clock = clock
        self._clock_offset = timedelta()  # the service's clock minus ours, once known
        self._max_response_bytes = max_response_bytes
        self._throttle = throttle or NoThrottle()
        self._admission = admission or AdmitAll()
        self._observer = observer
        self._keys = SigningKeys()
        self._connections: ThreadSessions | None = None  # see _connected
        self._opening = threading.Lock()

    def at(self, endpoint: str) -> "Transport":
        """Return a transport to another endpoint, equal but for connections of its own.

        The other one's troubles are none of this one's: all its requests are admitted.
        """
        other = copy.copy(self)
        other._admission = AdmitAll()  # noqa: SLF001  -- it is one of us
        other.endpoint = _checked_endpoint(endpoint)
        other._connections = None  # noqa: SLF001  -- it is one of us
        return other

    def send(self, request: Request) -> Response:
        """Send a request and return the response.

        Repeatable requests are retried on resets, timeouts, 429 and 5xx according to the policy;
        others only if nothing can have arrived. Raises ApiError for error responses,
        ConnectionFailedError, MalformedResponseError and HeldBackError.
        """
        return self._send_with_retries(request, is_streamed=False)

    def get(self, path: tuple[str, ...], params: Mapping[str, str] = _NO_PARAMS) -> Response:
        """Send a GET request as `send` does and return the response."""
        return self.send(Request(method="GET", path=path, params=params))

    @contextmanager
    def stream(self, request: Request) -> Iterator[Iterator[bytes]]:
        """Send a request as `send` does and yield the response's body in chunks.

        It may come deflated, and is inflated in bounded steps. Reading raises ConnectionFailedError
        when the connection breaks, MalformedResponseError for what can't be inflated, and
        HeldBackError when there is no time left.
        """
        headers = {**request.headers, "Accept-Encoding": ACCEPTED}
        request = replace(request, headers=headers)
        response = self._send_with_retries(request, is_streamed=True).stream
        assert response is not None  # noqa: S101  -- as requested
        with closing(response):
            chunks = self._in_time(response.chunks(is_raw=True))
            yield inflated(chunks, response.headers.get("Content-Encoding"))

    def _in_time(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the chunks as long as there is time; each comes within the read timeout."""
        for chunk in chunks:
            left = self._time_left()
            if left is not None and left <= timedelta():
                raise HeldBackError("There is no time left to read.", retry_after=_LEAST_TIME)
            yield chunk

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
                log.debug("%s %s: retry in %s: %s", request.method, request.path, pause, error)
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
        pause, left = self.retries.pause_after(tries, error.retry_after), self._time_left()
        return None if pause and left is not None and pause + _LEAST_TIME > left else pause

    def _send_corrected(self, request: Request, *, is_streamed: bool) -> Response:
        """Send once, and again if the error response says how to correct the signature."""
        send = partial(self._send_once, request, is_streamed=is_streamed)
        # What this request was signed with: another thread may correct it in the meantime.
        region, offset = self._region, self._clock_offset
        response, error = send(region=region)
        if error and self._correct_clock(response, error, used_offset=offset):
            response, error = send(region=region)
        if error and region is not None and is_v4_rejected(error):
            response, v2_error = send(region=None)
            if not isinstance(v2_error, AuthenticationError | GatewayError):
                self._region = None
                error = v2_error
        if error:
            raise error
        return response

    def _correct_clock(
        self, response: Response, error: ApiError, *, used_offset: timedelta
    ) -> bool:
        """Adopt the service's time from an error response; return whether a retry makes sense."""
        server_now = server_time(error, response.headers)
        if server_now is None:
            return False
        self._clock_offset = server_now - self.clock()
        return abs(self._clock_offset - used_offset) > _MIN_SKEW

    def _send_once(
        self, request: Request, *, region: str | None, is_streamed: bool
    ) -> tuple[Response, ApiError | None]:
        with self._admission.admit(request.project) as attempt:
            if attempt.is_probe and not request.is_repeatable:
                self._ask_first(request, attempt, region=region)
            return self._send_admitted(request, attempt, region=region, is_streamed=is_streamed)

    def _ask_first(self, request: Request, attempt: Attempt, *, region: str | None) -> None:
        """Ask for the project before something is posted whose fate would be unknown.

        Raises HeldBackError when the endpoint is still in trouble.
        """
        self._throttle.wait_for_turn()
        harmless = Request(method="GET", path=below_interactive(request.path)[:2])
        left = min(self._checked_time(harmless), _FIRST_TIMEOUT)
        try:
            response = self._exchange(harmless, region=region, is_streamed=False, left=left)
        except ConnectionFailedError as failure:
            attempt.report(is_up=False)
            why = f"Nothing was sent: {failure}"
            raise HeldBackError(why, retry_after=_LEAST_TIME) from failure
        error = self._error_in(response)
        is_up = not isinstance(error, ServerError)
        attempt.report(is_up=is_up)
        if not is_up:
            raise HeldBackError(f"Nothing was sent: {error}", retry_after=_LEAST_TIME)

    def _send_admitted(
        self, request: Request, attempt: Attempt, *, region: str | None, is_streamed: bool
    ) -> tuple[Response, ApiError | None]:
        self._throttle.wait_for_turn()
        left = self._checked_time(request)
        if request.before_sending is not None:
            request.before_sending()
            # Whoever was paused until others may do the same sends nothing any more.
            left = self._checked_time(request)
        try:
            response = self._exchange(request, region=region, is_streamed=is_streamed, left=left)
        except ConnectionFailedError:
            # Where we had no time to wait, that is not the endpoint's fault.
            if left >= self._read_timeout + request.hold:
                attempt.report(is_up=False)
            raise
        error = self._error_in(response)
        attempt.report(is_up=not isinstance(error, ServerError))
        if isinstance(error, ThrottledError):
            self._throttle.slow_down(error.retry_after)
        return response, error

    def _error_in(self, response: Response) -> ApiError | None:
        if _is_success(response.http_status):
            return None
        return parse_error_response(
            response.http_status, response.headers, response.body, now=self.clock()
        )

    def _checked_time(self, request: Request) -> timedelta:
        """Return how long the request may take. Raises HeldBackError when that is too little.

        Cutting a repeatable one short does no harm; of another one nobody would know whether it
        has arrived.
        """
        left = self._time_left()
        if left is None:
            return timedelta.max
        if left < (_LEAST_TIME if request.is_repeatable else self._read_timeout):
            raise HeldBackError("There is no time left to ask.", retry_after=_LEAST_TIME)
        return left

    def _exchange(
        self, request: Request, *, region: str | None, is_streamed: bool, left: timedelta
    ) -> Response:
        params = {**request.params, **self._default_params}
        headers = self._signed_headers(request, params, region=region)
        started_s = time.perf_counter()
        http_status = None
        try:
            streamed = self._connected().send(
                request.method,
                target=_encoded(request.path, params),
                headers=headers,
                body=request.body,
                timeouts=(
                    min(self._connect_timeout, left).total_seconds(),
                    min(self._read_timeout + request.hold, left).total_seconds(),
                ),
            )
            http_status = streamed.http_status
        finally:
            self._observe(request, http_status, time.perf_counter() - started_s)
        log.debug("%s %s: HTTP %d", request.method, request.path, streamed.http_status)
        if is_streamed and _is_success(streamed.http_status):
            return Response(streamed.http_status, streamed.headers, b"", stream=streamed)
        with closing(streamed):
            still_left = left - timedelta(seconds=time.perf_counter() - started_s)
            body = self._read(
                streamed,
                within=max(_LEAST_TIME, min(self._response_timeout, still_left)),
                limit=self._limit_of(request, streamed.http_status),
            )
            return Response(streamed.http_status, streamed.headers, body)

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

    def _connected(self) -> "ThreadSessions":
        """Return the connections, which the first request opens."""
        if self._connections is None:
            # Imported late because `requests` costs more than the rest of the client, and not every
            # process that creates a client sends requests: the bot leaves them to its workers.
            from odps_bot.maxcompute.http.sessions import ThreadSessions  # noqa: PLC0415  -- see above

            with self._opening:  # threads can send their first requests at the same time
                if self._connections is None:
                    self._connections = ThreadSessions(self.endpoint)
        return self._connections

    def _limit_of(self, request: Request, http_status: int) -> int:
        """Return how many bytes are read; a small limit is no reason to lose an error."""
        if request.max_response_bytes is None or not _is_success(http_status):
            return self._max_response_bytes
        return min(request.max_response_bytes, self._max_response_bytes)

    def _read(self, response: "UnreadResponse", *, within: timedelta, limit: int) -> bytes:
        body = bytearray()
        deadline = self.clock() + within
        for chunk in response.chunks(_CHUNK_BYTES):
            body += chunk
            if len(body) > limit:
                raise ResponseTooLargeError(f"The response is larger than {limit} bytes.")
            if self.clock() > deadline:
                raise ConnectionFailedError("The response arrives too slowly.", was_sent=True)
        return bytes(body)


def _checked_endpoint(endpoint: str) -> str:
    try:
        parts = urlsplit(endpoint)
        is_url = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _ = parts.port  # raises for an invalid port
    except ValueError:
        is_url = False
    if not is_url:
        raise InvalidArgumentError(f"{endpoint!r} is not an http or https URL.")
    return endpoint.rstrip("/")


def _is_success(http_status: int) -> bool:
    return 200 <= http_status < 300  # noqa: PLR2004  -- 2xx


def _encoded(path: tuple[str, ...], params: Mapping[str, str]) -> str:
    segments = "".join(f"/{quote(segment, safe='')}" for segment in path)
    query = "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}" if value else quote(name, safe="")
        for name, value in params.items()
    )
    return f"{segments}?{query}" if query else segments
