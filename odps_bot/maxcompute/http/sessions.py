"""Connections: one `requests.Session` per thread.

Everything that uses `requests` and `urllib3` is here, where their exceptions become our errors.
`Transport` imports this module with its first request.
"""

import os
import ssl
import threading
import weakref
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3

from odps_bot.maxcompute.errors import ConnectionFailedError, InvalidArgumentError

#: Rows that are handed on as they arrive need little memory.
_CHUNK_BYTES = 64 * 1024

_MAX_SHOWN_CHARACTERS = 300

_BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)

_NOT_CONNECTED = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.ProxyError,
)


class UnreadResponse:
    """A response whose body has not been read yet."""

    def __init__(self, response: requests.Response, endpoint: str) -> None:
        self._response = response
        self._endpoint = endpoint
        self.http_status = response.status_code
        #: names are case-insensitive
        self.headers: Mapping[str, str] = response.headers

    def chunks(self, at_most: int = _CHUNK_BYTES, *, is_raw: bool = False) -> Iterator[bytes]:
        """Yield the body as it arrives. Raises ConnectionFailedError when the connection breaks.

        `is_raw`: as it is sent, with its Content-Encoding.
        """
        try:
            while chunk := self._response.raw.read1(at_most, decode_content=not is_raw):
                yield chunk
        except (*_BROKEN, ValueError) as error:  # ValueError: closed by another thread
            raise connection_failed(self._endpoint, error) from error

    def close(self) -> None:
        """Discard what has not been read."""
        self._response.close()


class ThreadSessions:
    """The sessions of all threads to one endpoint; they use the environment's proxies."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._local = threading.local()
        self._all: weakref.WeakSet[requests.Session] = weakref.WeakSet()

    def send(
        self,
        method: str,
        *,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeouts: tuple[float, float],
    ) -> UnreadResponse:
        """Send a request on this thread's connection.

        `target` is what follows the endpoint, encoded; `timeouts` are those to connect and to
        read, in seconds. Redirects are not followed, so that credentials go nowhere else. Raises
        ConnectionFailedError, and InvalidArgumentError for headers that can't be sent.
        """
        # By hand: requests would re-encode what was signed, and let a netrc file sign instead.
        prepared = requests.PreparedRequest()
        prepared.method = method
        prepared.url = self._endpoint + target
        prepared.headers = requests.structures.CaseInsensitiveDict(headers)
        prepared.body = body
        try:
            return UnreadResponse(self._send(prepared, timeouts=timeouts), self._endpoint)
        except _BROKEN as error:
            raise connection_failed(self._endpoint, error) from error
        except ValueError as error:
            raise InvalidArgumentError("A header or the URL is invalid.") from error

    def close(self) -> None:
        """Close the connections of all threads."""
        for session in list(self._all):
            session.close()

    def _send(
        self, prepared: requests.PreparedRequest, *, timeouts: tuple[float, float]
    ) -> requests.Response:
        # A forked process must not use its parent's connections.
        if getattr(self._local, "pid", None) != os.getpid():
            self._open()
        session: requests.Session = self._local.session
        # By its adapter: the session itself would follow redirects.
        adapter = session.get_adapter(self._endpoint)
        return adapter.send(prepared, stream=True, timeout=timeouts, **self._local.environment)

    def _open(self) -> None:
        session = requests.Session()
        settings = session.merge_environment_settings(self._endpoint, {}, None, None, None)
        environment: dict[str, Any] = {
            name: settings[name] for name in ("proxies", "verify", "cert")
        }
        self._local.session = session
        self._local.environment = environment
        self._local.pid = os.getpid()
        self._all.add(session)


def connection_failed(endpoint: str, error: Exception) -> ConnectionFailedError:
    """Return our error for one of theirs, with whether anything can have been sent."""
    return ConnectionFailedError(
        f"No response from {urlsplit(endpoint).netloc}: {_shown(error)}",
        was_sent=not _happened_before_sending(error),
    )


def _shown(error: Exception) -> str:
    text = f": {str(error)[:_MAX_SHOWN_CHARACTERS]}" if str(error) else ""
    return f"{type(error).__name__}{text}"


def _happened_before_sending(error: Exception) -> bool:
    """Return whether there was no connection to send anything on."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", None)  # of urllib3's MaxRetryError
    if isinstance(reason, urllib3.exceptions.SSLError):
        # Certificates are verified before anything is sent; other errors can occur at any time.
        return isinstance(reason.args[0] if reason.args else None, ssl.SSLCertVerificationError)
    return isinstance(reason, _NOT_CONNECTED)
