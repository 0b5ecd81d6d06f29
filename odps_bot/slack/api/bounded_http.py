"""HTTP whose response must have come as a whole in time, however slowly it trickles.

urllib's time-out is one of silence: a response of which a byte comes now and then would occupy its
sender for longer than the entry that is sent is leased.
"""

import io
import ssl
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.request import (
    BaseHandler,
    HTTPHandler,
    HTTPSHandler,
    ProxyHandler,
    Request,
    build_opener,
)

from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient, WebhookResponse


class _Reading(io.RawIOBase):
    """Reads from a socket until a time of the monotonic clock; TimeoutError after that."""

    def __init__(self, sock: Any, raw: io.RawIOBase, *, until_s: float) -> None:
        self._sock = sock
        self._raw = raw
        self._until_s = until_s

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the response took too long")
        self._sock.settimeout(left_s)
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """A response that comes within its connection's time-out, counted from the request."""

    def __init__(self, sock: Any, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        if (span_s := sock.gettimeout()) is not None:
            raw = self.fp.detach()
            self.fp = io.BufferedReader(_Reading(sock, raw, until_s=time.monotonic() + span_s))


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Handler(HTTPHandler):
    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(_Connection, req)


class _SecureHandler(HTTPSHandler):
    def __init__(self, context: ssl.SSLContext | None) -> None:
        super().__init__(context=context)
        self._own_context = context

    def https_open(self, req: Request) -> HTTPResponse:
        def connect(host: str, **options: Any) -> HTTPSConnection:
            return _SecureConnection(host, context=self._own_context, **options)

        make: Callable[..., HTTPConnection] = connect
        return self.do_open(make, req)


def _send(client: WebClient | WebhookClient, request: Request) -> tuple[int, Any, str]:
    """Return status, headers and body of the response. Raises what urllib raises."""
    handlers: list[BaseHandler] = [_Handler(), _SecureHandler(client.ssl)]
    if client.proxy is not None:
        handlers.append(ProxyHandler({"http": client.proxy, "https": client.proxy}))
    with build_opener(*handlers).open(request, timeout=client.timeout) as response:
        charset = response.headers.get_content_charset() or "utf-8"
        return response.status, response.headers, response.read().decode(charset)


class BoundedClient(WebClient):
    """slack_sdk's client, whose time-out is one of the whole response."""

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:  # noqa: ARG002  -- slack_sdk's
        status, headers, body = _send(self, req)
        return {"status": status, "headers": headers, "body": body}


class BoundedWebhook(WebhookClient):
    """Likewise, for response_urls."""

    def _perform_http_request_internal(self, url: str, req: Request) -> WebhookResponse:
        status, headers, body = _send(self, req)
        return WebhookResponse(url=url, status_code=status, body=body, headers=headers)
