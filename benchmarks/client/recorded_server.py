"""A server of recorded responses on 127.0.0.1, in a thread to count or in a process to measure.

As a script it prints its endpoint, and serves until its standard input ends.
"""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from benchmarks.client.recorded_responses import RecordedService

_BASE_PATH = "/api"


class RecordedServer:
    """Serves while its context is open."""

    def __init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self.service = RecordedService(tunnel_host=f"127.0.0.1:{self._server.server_port}")
        self._server.service = self.service
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def endpoint(self) -> str:
        """Return the endpoint that clients are given."""
        return f"http://127.0.0.1:{self._server.server_port}{_BASE_PATH}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # clients can keep their connections open
    service: RecordedService


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave together, so that no client waits for a delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        path = parts.path.removeprefix(_BASE_PATH)
        is_deflated = self.headers.get("Accept-Encoding") == "deflate"
        response = self.server.service.respond(
            self.command, path, query, body, is_deflated=is_deflated
        )
        self.send_response(response.http_status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.length is None:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(response.length))
        self.end_headers()
        for chunk in response.chunks:
            is_framed = response.length is None and chunk
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if is_framed else chunk)
        if response.length is None:
            self.wfile.write(b"0\r\n\r\n")

    do_POST = do_PUT = do_GET  # noqa: N815  -- likewise

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  -- likewise
        """Say nothing."""


if __name__ == "__main__":
    with RecordedServer() as served:
        print(served.endpoint, flush=True)
        sys.stdin.read()
