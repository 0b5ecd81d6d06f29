"""The health of a process by HTTP: `/healthz`, `/readyz` and `/metrics`.

Nothing of it is secret, and there is no authentication: make it reachable only for the machines
that monitor the process.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client import CONTENT_TYPE_LATEST
from redis import Redis
from waitress.server import create_server

from odps_bot.operations.metrics import Metrics
from odps_bot.operations.sockets import bind_socket
from odps_bot.store.redis_trouble import describe
from odps_bot.store.server_state import write_error

log = logging.getLogger(__name__)

#: Returns what is wrong, or None.
Check = Callable[[], str | None]

#: Status, content type, and body.
Answer = tuple[str, str, bytes]

TEXT = "text/plain; charset=utf-8"

#: A loop that waits longer for Redis, which answers within seconds or not at all, is stuck.
LONGEST_SILENCE = timedelta(seconds=30)

#: Requests that need Redis may have to wait for it; the other threads serve `/healthz` meanwhile.
THREADS = 4
MOST_WAITING = 2


class Health:
    """A WSGI application that reports whether a process is alive and ready."""

    def __init__(
        self, *, alive: Mapping[str, Check], ready: Mapping[str, Check], metrics: Metrics
    ) -> None:
        self._alive = alive
        self._ready = {**alive, **ready}
        self._metrics = metrics
        self._waiting = threading.BoundedSemaphore(MOST_WAITING)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        status, content_type, body = self._answer(environ)
        headers = [
            ("Content-Type", content_type),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
        ]
        start_response(status, headers)
        return [body]

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return "405 Method Not Allowed", TEXT, b""
        match environ.get("PATH_INFO"):
            case "/healthz":
                return _report(self._alive)
            case "/readyz":
                return self._unless_others_wait(lambda: _report(self._ready))
            case "/metrics":
                return self._unless_others_wait(self._exposition)
            case _:
                return "404 Not Found", TEXT, b""

    def _exposition(self) -> Answer:
        return "200 OK", CONTENT_TYPE_LATEST, self._metrics.exposition()

    def _unless_others_wait(self, answer: Callable[[], Answer]) -> Answer:
        if not self._waiting.acquire(blocking=False):
            return "503 Service Unavailable", TEXT, b"busy: other requests wait for Redis\n"
        try:
            return answer()
        finally:
            self._waiting.release()


def _report(checks: Mapping[str, Check]) -> Answer:
    found = {name: check() for name, check in checks.items()}
    lines = [f"{name}: {problem or 'ok'}\n" for name, problem in found.items()]
    status = "503 Service Unavailable" if any(found.values()) else "200 OK"
    return status, TEXT, "".join(lines).encode()


class LivenessProbe:
    """Whether a loop still makes progress. Threads may share it."""

    def __init__(
        self, *, longest: timedelta = LONGEST_SILENCE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._longest_s = longest.total_seconds()
        self._clock = clock
        self._alive_at_s = clock()

    def mark_alive(self) -> None:
        """Report that the loop has made progress."""
        self._alive_at_s = self._clock()

    def problem(self) -> str | None:
        """Return what is wrong, or None."""
        since_s = self._clock() - self._alive_at_s
        return f"no progress for {since_s:.0f} s" if since_s > self._longest_s else None


def redis_check(redis: Redis) -> Check:
    """Return a check whether Redis takes writes; if not, it says why."""

    def check() -> str | None:
        error = write_error(redis)
        return None if error is None else describe(error)

    return check


@contextmanager
def serve_health(address: tuple[str, int] | None, health: Health) -> Iterator[None]:
    """Serve the health of the process at this address, if there is one.

    Raises OdpsBotError if the address can't be used.
    """
    if address is None:
        yield
        return
    connections: dict[int, Any] = {}
    listener = bind_socket(address, setting="ODPS_BOT_HEALTH_LISTEN")
    server = create_server(health, connections, sockets=[listener], threads=THREADS, ident=None)
    thread = threading.Thread(target=_serve, args=(server.run,), name="health", daemon=True)
    thread.start()
    host, port = listener.getsockname()[:2]
    log.info("Serving /healthz, /readyz and /metrics at http://%s:%s", host, port)
    try:
        yield
    finally:
        server.task_dispatcher.shutdown(cancel_pending=True, timeout=1)
        server.close()
        thread.join(timeout=1)


def _serve(run: Callable[[], None]) -> None:
    # In the end its sockets are closed under it.
    with suppress(OSError):
        run()
