"""The bot process: listens to Slack until it receives a stop signal."""

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from types import MappingProxyType
from typing import Any
from wsgiref.types import WSGIApplication

from slack_bolt import App
from waitress.channel import HTTPChannel
from waitress.server import create_server

from odps_bot.app import create_app
from odps_bot.config.settings import Settings
from odps_bot.errors import OdpsBotError
from odps_bot.listeners.http_delivery import BODY_BYTES, PATH, SlackEndpoint
from odps_bot.listeners.oauth import InstallPages
from odps_bot.manifest import SCOPES
from odps_bot.operations.health import Check, Health, redis_check
from odps_bot.operations.health import serve_health as health_endpoint
from odps_bot.operations.metrics import LogCounter
from odps_bot.operations.queue_statistics import QueueStatisticsCollector
from odps_bot.operations.shutdown import GracefulShutdown
from odps_bot.operations.sockets import bind_socket
from odps_bot.operations.watchdog import watched
from odps_bot.services import Services
from odps_bot.slack.errors import NO_RESPONSE, RateLimitedError, SlackError, UnreachableError
from odps_bot.slack.socket_mode import connect, stop_listening
from odps_bot.slack.token_remedies import TokenOrigin, token_remedy
from odps_bot.store.connections import listener_redis

log = logging.getLogger(__name__)

HTTP_THREADS = 16

#: What is not Slack fills neither memory nor disk, and holds no connection for long.
HTTP_LIMITS: Mapping[str, Any] = MappingProxyType(
    {
        "max_request_body_size": BODY_BYTES,
        "max_request_header_size": 32_768,
        "inbuf_overflow": BODY_BYTES,
        "channel_timeout": 20,
        "cleanup_interval": 5,
        "connection_limit": 500,
        "ident": None,
    }
)

#: Slack waits no longer for an answer.
ANSWER_TIME_S = 3

#: Accepted requests are answered by then.
STOP_WITHIN = timedelta(seconds=15)

#: Serves the health of the process meanwhile, given the checks of its threads and of Slack.
ServeHealth = Callable[[Mapping[str, Check], Mapping[str, Check]], AbstractContextManager[None]]


def run_bot(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT; a second one ends the process immediately.

    Raises SettingsError, or OdpsBotError if Slack doesn't confirm the token.
    """
    settings.check_listening()
    redis = listener_redis(settings.redis_url, ca_file=settings.redis_ca)
    services = Services.from_settings(settings, redis=redis)
    logging.getLogger().addHandler(LogCounter(services.metrics))
    services.metrics.registry.register(QueueStatisticsCollector(services))
    app = _create_app(services)
    stopping = GracefulShutdown(within=STOP_WITHIN, name="the bot")
    stopping.request_by_signals(signal.SIGTERM, signal.SIGINT)

    @contextmanager
    def serve_health(alive: Mapping[str, Check], readiness: Mapping[str, Check]) -> Iterator[None]:
        services.metrics.watch_slack(lambda: not any(check() for check in readiness.values()))
        ready = {**readiness, "redis": redis_check(redis)}
        health = Health(alive=alive, ready=ready, metrics=services.metrics)
        with (
            health_endpoint(settings.health_listen, health),
            watched(alive, is_stopping=stopping.requested.is_set),
        ):
            yield

    if settings.slack_mode == "socket":
        listen_by_socket(
            app, settings.slack_app_token, stopping.requested, serve_health=serve_health
        )
    else:
        listen_by_http(
            _endpoint(app, services),
            settings.http_listen,
            stopping.requested,
            serve_health=serve_health,
        )


def _endpoint(app: App, services: Services) -> WSGIApplication:
    endpoint = SlackEndpoint(app)
    if services.slack.installations is None:
        return endpoint
    return InstallPages(endpoint, services, scopes=list(SCOPES))


def _create_app(services: Services) -> App:
    try:
        return create_app(services)
    except SlackError as error:
        raise _startup_error(error, "SLACK_BOT_TOKEN", services.settings.slack_api_url) from error


def _startup_error(error: SlackError, setting: TokenOrigin, address: str = "") -> OdpsBotError:
    """Return why the bot can't listen to Slack, and the remedy."""
    if error.code == NO_RESPONSE:
        where = f"at {address}" if address else "by Socket Mode"
        return OdpsBotError(
            f"cannot reach Slack {where}: {error}. Check this machine's network,"
            " HTTPS_PROXY and NO_PROXY, and run `odps-bot doctor`."
        )
    if isinstance(error, RateLimitedError | UnreachableError):
        return OdpsBotError(
            f"Slack isn't available right now: {error.code}. Start the bot again in a minute."
        )
    remedy = token_remedy(error.code, setting)
    return OdpsBotError(f"Slack does not accept {setting}: {error.code}.\n  To fix it: {remedy}.")


def listen_by_socket(
    app: App, app_token: str, stop: threading.Event, *, serve_health: ServeHealth | None = None
) -> None:
    """Listen to Slack by Socket Mode until `stop` is set. Raises OdpsBotError if it can't start."""
    try:
        client = connect(app, app_token)
    except SlackError as error:
        raise _startup_error(error, "SLACK_APP_TOKEN") from error
    log.info("Connected to Slack by Socket Mode")
    loops = {"socket monitor": client.current_app_monitor, "messages": client.message_processor}
    alive = {name: _thread_check(loop.is_alive) for name, loop in loops.items()}
    with (serve_health or _serve_nothing)(
        alive, {"slack": lambda: _socket_failure(client.is_connected, stop)}
    ):
        stop.wait()
        stop_listening(client)


def listen_by_http(
    endpoint: WSGIApplication,
    listen: tuple[str, int],
    stop: threading.Event,
    *,
    serve_health: ServeHealth | None = None,
) -> None:
    """Serve `endpoint` until `stop` is set. Raises OdpsBotError if the address is in use."""
    listener = bind_socket(listen, setting="ODPS_BOT_HTTP_LISTEN")
    connections: dict[int, Any] = {}
    server = create_server(
        endpoint, connections, sockets=[listener], threads=HTTP_THREADS, **HTTP_LIMITS
    )
    thread = threading.Thread(target=_serve, args=(server.run, stop), name="http", daemon=True)
    thread.start()
    log.info("Listening for Slack at http://%s:%s%s", *listen, PATH)
    alive = {"http": _thread_check(thread.is_alive)}
    with (serve_health or _serve_nothing)(
        alive, {"slack": lambda: "stopping" if stop.is_set() else None}
    ):
        stop.wait()
        # Accepted requests are answered first: waitress' `close` alone would not wait.
        server.task_dispatcher.shutdown(cancel_pending=False, timeout=ANSWER_TIME_S)
        _wait_until_sent(connections)
        server.close()


def _serve(run: Callable[[], None], stop: threading.Event) -> None:
    try:
        run()
    except OSError:
        # Its sockets were closed.
        if not stop.is_set():
            raise


def _serve_nothing(_: Mapping[str, Check], __: Mapping[str, Check]) -> AbstractContextManager[None]:
    return nullcontext()


def _thread_check(is_alive: Callable[[], bool]) -> Check:
    return lambda: None if is_alive() else "its thread has ended"


def _socket_failure(is_connected: Callable[[], bool], stop: threading.Event) -> str | None:
    if stop.is_set():
        return "stopping"
    return None if is_connected() else "is not connected"


def _wait_until_sent(connections: Mapping[int, Any]) -> None:
    deadline = time.monotonic() + ANSWER_TIME_S
    while time.monotonic() < deadline:
        channels = [c for c in list(connections.values()) if isinstance(c, HTTPChannel)]
        if not any(channel.writable() for channel in channels):
            return
        time.sleep(0.01)
