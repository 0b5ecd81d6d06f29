"""The bot process: listens to Slack until it receives a stop signal."""

import logging
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import timedelta
from types import MappingProxyType
from typing import Any
from wsgiref.types import WSGIApplication

from redis.exceptions import RedisError
from slack_bolt import App
from waitress.channel import HTTPChannel
from waitress.server import create_server

from odps_bot.app import create_app
from odps_bot.config.settings import Settings
from odps_bot.errors import OdpsBotError
from odps_bot.listeners.http_delivery import BODY_BYTES, PATH, SlackEndpoint
from odps_bot.listeners.oauth import InstallPages
from odps_bot.manifest import SCOPES
from odps_bot.operations.health import Check, Health, LivenessProbe, redis_check
from odps_bot.operations.health import serve_health as health_endpoint
from odps_bot.operations.metrics import LogCounter, Metrics
from odps_bot.operations.queue_statistics import QueueStatisticsCollector
from odps_bot.operations.shutdown import GracefulShutdown
from odps_bot.operations.sockets import bind_socket
from odps_bot.operations.watchdog import watched
from odps_bot.services import Services
from odps_bot.slack.errors import SlackError
from odps_bot.slack.socket_mode import SocketModeClient
from odps_bot.slack.troubles import Trouble, TroubleLog, pause_s, trouble_of_error
from odps_bot.store.connections import listener_redis
from odps_bot.store.server_state import require_supported

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

#: What Slack has delivered by Socket Mode is acknowledged by then, and its connections are closed.
CLOSE_WITHIN = timedelta(seconds=8)

#: Serves the health of the process meanwhile, given the checks of its threads, and that of Slack.
ServeHealth = Callable[[Mapping[str, Check], Check], AbstractContextManager[None]]


def run_bot(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT; a second one ends the process immediately.

    Raises SettingsError, or OdpsBotError if Slack rejects a token, or Redis is one that is not
    supported. A Slack that can't be reached is waited for.
    """
    settings.check_listening()
    services = _services(settings)
    stopping = GracefulShutdown(within=STOP_WITHIN, name="the bot")
    stopping.request_by_signals(signal.SIGTERM, signal.SIGINT)
    slack_check: Check = lambda: "is not connected yet"  # noqa: E731  -- replaced below
    services.metrics.watch_slack(lambda: slack_check() is None)

    @contextmanager
    def serve_health(alive: Mapping[str, Check], slack: Check) -> Iterator[None]:
        nonlocal slack_check
        slack_check = slack
        ready = {"slack": slack, "redis": redis_check(services.redis)}
        health = Health(alive=alive, ready=ready, metrics=services.metrics)
        with (
            health_endpoint(settings.health_listen, health),
            watched(alive, is_stopping=stopping.requested.is_set),
        ):
            yield

    app = _create_app(services, stopping.requested, serve_health)
    if app is None:
        return
    if settings.slack_mode == "socket":
        listen_by_socket(
            app,
            settings.slack_app_token,
            stopping.requested,
            connections=settings.slack_connections,
            metrics=services.metrics,
            serve_health=serve_health,
        )
    else:
        listen_by_http(
            _endpoint(app, services),
            settings.http_listen,
            stopping.requested,
            serve_health=serve_health,
        )


def _services(settings: Settings) -> Services:
    redis = listener_redis(
        settings.redis_url,
        ca_file=settings.redis_ca,
        waits_for_disk=settings.redis_copies.is_on_disk,
    )
    require_supported(redis)
    services = Services.from_settings(settings, redis=redis)
    logging.getLogger().addHandler(LogCounter(services.metrics))
    services.metrics.registry.register(QueueStatisticsCollector(services))
    with suppress(RedisError):
        # In a Redis that is new, whose instances are is recorded from now on.
        services.stores.owners.since(services.clock())
    return services


def _endpoint(app: App, services: Services) -> WSGIApplication:
    endpoint = SlackEndpoint(app)
    if services.slack.installations is None:
        return endpoint
    return InstallPages(endpoint, services, scopes=list(SCOPES))


def _create_app(
    services: Services,
    stop: threading.Event,
    serve_health: ServeHealth,
    *,
    chance: Callable[[], float] = random.random,
) -> App | None:
    """Return the app once Slack has told who it is; None if `stop` is set before."""
    try:
        return create_app(services)
    except SlackError as error:
        trouble = trouble_of_error(error, "SLACK_BOT_TOKEN")
    failures, logged = 0, TroubleLog()
    with serve_health({}, lambda: f"is not connected: {trouble}"):
        while True:
            _raise_refusal(trouble)
            failures += 1
            if logged.is_new(trouble, time.monotonic()):
                log.warning("Waiting for Slack: %s", trouble)
            if stop.wait(pause_s(failures, trouble, chance())):
                return None
            try:
                return create_app(services)
            except SlackError as error:
                trouble = trouble_of_error(error, "SLACK_BOT_TOKEN")


def _raise_refusal(trouble: Trouble) -> None:
    """Raise OdpsBotError for what waiting won't change."""
    if trouble.is_refusal:
        raise OdpsBotError(f"{trouble.cause}.\n  To fix it: {trouble.remedy}.")


def listen_by_socket(
    app: App,
    app_token: str,
    stop: threading.Event,
    *,
    connections: int = 2,
    metrics: Metrics | None = None,
    serve_health: ServeHealth | None = None,
) -> None:
    """Listen to Slack by Socket Mode until `stop` is set.

    Raises OdpsBotError if Slack rejects the token at the start; anything else is waited for.
    """
    probe = LivenessProbe()
    client = SocketModeClient(
        app, app_token, connections=connections, metrics=metrics, mark_alive=probe.mark_alive
    )
    if metrics is not None:
        metrics.watch_slack_connections(lambda: client.open_connections, wanted=connections)
    with (serve_health or _serve_nothing)({"slack connections": probe.problem}, client.problem):
        client.start()
        try:
            trouble = client.wait_for_outcome(stop)
            if trouble is not None:
                _raise_refusal(trouble)
            elif not stop.is_set():
                log.info("Connected to Slack by Socket Mode")
            stop.wait()
        finally:
            client.close(within=CLOSE_WITHIN)


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
    with (serve_health or _serve_nothing)(alive, lambda: "stopping" if stop.is_set() else None):
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


def _serve_nothing(_: Mapping[str, Check], __: Check) -> AbstractContextManager[None]:
    return nullcontext()


def _thread_check(is_alive: Callable[[], bool]) -> Check:
    return lambda: None if is_alive() else "its thread has ended"


def _wait_until_sent(connections: Mapping[int, Any]) -> None:
    deadline = time.monotonic() + ANSWER_TIME_S
    while time.monotonic() < deadline:
        channels = [c for c in list(connections.values()) if isinstance(c, HTTPChannel)]
        if not any(channel.writable() for channel in channels):
            return
        time.sleep(0.01)
