"""Connections: one `requests.Session` for each thread.

What sends and reads by `requests` and `urllib3` is here, and what they raise becomes our errors
here. `Transport` loads this module with its first request.
"""

import os
import threading
import weakref
from collections.abc import Iterator, Mapping
from typing import Any

import requests
import urllib3

from odps_bot.maxcompute.errors import InvalidArgumentError
from odps_bot.maxcompute.http.connection_errors import connection_failed

_CHUNK_BYTES = 64 * 1024

_BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


class UnreadResponse:
    """A response whose body has not been read yet, see `exchange.StreamedResponse`."""

    def __init__(self, response: requests.Response, endpoint: str) -> None:
        self._response = response
        self._endpoint = endpoint
        self.http_status = response.status_code
        #: Names are looked up without regard to case.
        self.headers: Mapping[str, str] = response.headers

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it comes. Raises ConnectionFailedError when the connection breaks."""
        try:
            while chunk := self._response.raw.read1(_CHUNK_BYTES, decode_content=True):
                yield chunk
        except (*_BROKEN, ValueError) as error:  # ValueError: closed by another thread
            raise connection_failed(self._endpoint, error) from error

    def close(self) -> None:
        """Discard what has not been read."""
        self._response.close()


class ThreadSessions:
    """The sessions of all threads to one endpoint, with the proxies of the environment."""

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
        """Send on this thread's connection.

        `target` is what follows the endpoint, encoded; `timeouts` are those to connect and to
        read, in seconds. Redirects are not followed: credentials go where they were meant to go.
        Raises ConnectionFailedError, and InvalidArgumentError for headers that cannot be sent.
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
            raise InvalidArgumentError("A header or an address cannot be sent.") from error

    def close(self) -> None:
        """Close the connections of all threads."""
        for session in list(self._all):
            session.close()

    def _send(
        self, prepared: requests.PreparedRequest, *, timeouts: tuple[float, float]
    ) -> requests.Response:
        # A forked process must not talk on its parent's connections.
        if getattr(self._local, "pid", None) != os.getpid():
            self._open()
        session: requests.Session = self._local.session
        # By its adapter: the session itself would read what a redirect points to.
        adapter = session.get_adapter(self._endpoint)
        return adapter.send(prepared, stream=True, timeout=timeouts, **self._local.environment)

    def _open(self) -> None:
        session = requests.Session()
        found = session.merge_environment_settings(self._endpoint, {}, None, None, None)
        environment: dict[str, Any] = {name: found[name] for name in ("proxies", "verify", "cert")}
        self._local.session = session
        self._local.environment = environment
        self._local.pid = os.getpid()
        self._all.add(session)
