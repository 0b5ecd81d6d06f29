"""A service on a real socket that responds as a test wants and records its requests."""

import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

from odps_bot.maxcompute import AccessKey, Client, RetryPolicy, StaticCredentials

INSTANCE_ID = "20260101000000123gabcdefgh2"
KEY = AccessKey("test-id", "test-secret")


@dataclass(frozen=True)
class ReceivedRequest:
    """A request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def params(self):
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


@dataclass(frozen=True)
class Reply:
    """What to respond; `fault` is one of reset, silence, drip, cut."""

    body: bytes | str = b""
    http_status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    fault: str | None = None

    @property
    def bytes(self):
        return self.body.encode() if isinstance(self.body, str) else self.body


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Say nothing: connections are broken on purpose."""


class Service:
    """Replies in order; the last reply is for all further requests.

    A reply may also be a function of the request that returns a body and an HTTP status.
    """

    def __init__(self):
        self.requests: list[ReceivedRequest] = []
        self.replies: list[Reply] = []
        self.pauses: list[float] = []
        self._lock = threading.Lock()
        self._clients: list[Client] = []
        self._server = Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self._server.server_port}/api"

    @property
    def sent(self):
        """The requests in short."""
        return [f"{request.method} {request.target}" for request in self.requests]

    def reply(self, *bodies, **options):
        """Respond with these, one after the other."""
        self.replies += [
            Reply(body, **options) if isinstance(body, str | bytes) else body for body in bodies
        ]

    def client(self, **options):
        """Return a client that does not really sleep."""
        retries = RetryPolicy(sleep=self.pauses.append, random=lambda: 1.0)
        options = {
            "project": "test_project",
            "credentials": StaticCredentials(KEY),
            "retries": retries,
            "read_timeout": timedelta(seconds=5),
        } | options
        client = Client(options.pop("endpoint", self.endpoint), **options)
        self._clients.append(client)
        return client

    def close(self):
        for client in self._clients:
            client.close()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _next_reply(self, request):
        with self._lock:
            self.requests.append(request)
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return Reply(*reply(request)) if callable(reply) else reply

    def _handler(service):  # noqa: N805  -- self is the handler's
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def respond(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                request = ReceivedRequest(self.command, self.path, dict(self.headers), body)
                say(self, service._next_reply(request))

            do_GET = do_POST = do_PUT = respond  # noqa: N815  -- names of http.server

            def log_message(self, *args):
                pass

        return Handler


def say(handler, reply):
    if reply.fault == "reset":
        # With a linger of zero, closing sends a reset.
        linger = struct.pack("ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        handler.close_connection = True
        return
    handler.send_response_only(reply.http_status)
    for name, value in reply.headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(reply.bytes)))
    handler.end_headers()
    write = {"silence": write_late, "drip": write_drops, "cut": write_half}.get(reply.fault)
    with suppress(OSError):
        (write or write_all)(handler, reply.bytes)


def write_all(handler, body):
    handler.wfile.write(body)


def write_half(handler, body):
    handler.wfile.write(body[: len(body) // 2])
    handler.close_connection = True


def write_late(handler, body):
    time.sleep(0.5)
    handler.wfile.write(body)


def write_drops(handler, body):
    for byte in body:
        handler.wfile.write(bytes([byte]))
        time.sleep(0.02)


@pytest.fixture
def service():
    service = Service()
    yield service
    service.close()
