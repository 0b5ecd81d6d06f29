"""A small HTTP server for stand-ins: no framework, so that it takes little of the machine."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Request:
    """A request; header names are lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What goes back."""

    body: bytes = b""
    http_status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def serve(respond: Callable[[Request], Answer]) -> None:
    """Serve on a free port of 127.0.0.1; print it, and end when the standard input does."""
    asyncio.run(_serve(respond))


async def _serve(respond: Callable[[Request], Answer]) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(respond), "127.0.0.1", 0, backlog=4_096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


class _Connection(asyncio.Protocol):
    def __init__(self, respond: Callable[[Request], Answer]) -> None:
        self._respond = respond
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (taken := _take_request(self._received)) is not None:
            request, self._received = taken
            self._transport.write(_as_bytes(self._respond(request)))


def _take_request(received: bytes) -> tuple[Request, bytes] | None:
    """Return the first request and what follows it, or None while it has not all come."""
    head, blank, rest = received.partition(b"\r\n\r\n")
    if not blank:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    length = int(headers.get("content-length", 0))
    if len(rest) < length:
        return None
    method, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    asked = dict(parse_qsl(query, keep_blank_values=True))
    return Request(method, path, asked, headers, rest[:length]), rest[length:]


def _as_bytes(answer: Answer) -> bytes:
    lines = [
        f"HTTP/1.1 {answer.http_status} {HTTPStatus(answer.http_status).phrase}",
        f"Content-Length: {len(answer.body)}",
        *(f"{name}: {value}" for name, value in answer.headers.items()),
    ]
    return "\r\n".join((*lines, "", "")).encode() + answer.body
