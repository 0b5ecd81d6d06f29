"""The bot process: hears Slack until it is told to stop."""

import logging
import signal
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any
from wsgiref.types import WSGIApplication

from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.websocket_client import SocketModeClient
from waitress.channel import HTTPChannel
from waitress.server import create_server

from odps_bot.app import create_app
from odps_bot.errors import OdpsBotError
from odps_bot.listeners.http_delivery import PATH, SlackEndpoint
from odps_bot.services import Services, prompt_redis
from odps_bot.settings import Settings

log = logging.getLogger(__name__)

HTTP_THREADS = 16

#: Slack waits no longer for an answer.
ANSWER_TIME_S = 3


def run_bot(settings: Settings) -> None:
    """Hear Slack until SIGTERM or SIGINT.

    Raises SettingsError, or OdpsBotError when Slack cannot be asked who we are.
    """
    settings.check_listening()
    redis = prompt_redis(settings.redis_url, ca_file=settings.redis_ca)
    services = Services.from_settings(settings, redis=redis)
    app = _create_app(services)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if settings.slack_mode == "socket":
        hear_by_socket(app, settings.slack_app_token, stop)
    else:
        hear_by_http(SlackEndpoint(app), settings.http_listen, stop)


def _create_app(services: Services) -> App:
    try:
        return create_app(services)
    except SlackApiError as error:
        code = error.response.get("error", "no reason")
        raise OdpsBotError(f"Slack does not accept SLACK_BOT_TOKEN: {code}") from error
    except OSError as error:
        address = services.settings.slack_api_url
        raise OdpsBotError(f"Slack cannot be reached at {address}: {error}") from error


def hear_by_socket(app: App, app_token: str, stop: threading.Event) -> None:
    """Hear Slack by Socket Mode until `stop` is set. Raises OdpsBotError when it cannot begin."""
    handler = SocketModeHandler(app, app_token)
    try:
        handler.connect()
    except SlackApiError as error:
        code = error.response.get("error", "no reason")
        raise OdpsBotError(f"Slack does not accept SLACK_APP_TOKEN: {code}") from error
    except OSError as error:
        raise OdpsBotError(f"Slack cannot be reached by Socket Mode: {error}") from error
    log.info("Connected to Slack by Socket Mode")
    stop.wait()
    _stop_hearing(handler.client)


def hear_by_http(endpoint: WSGIApplication, listen: tuple[str, int], stop: threading.Event) -> None:
    """Serve `endpoint` until `stop` is set. Raises OdpsBotError when the address is taken."""
    host, port = listen
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server(listen, family=family)
    except OSError as error:
        raise OdpsBotError(
            f"ODPS_BOT_HTTP_LISTEN: {host}:{port} cannot be used: {error.strerror}"
        ) from error
    connections: dict[int, Any] = {}
    server = create_server(endpoint, connections, sockets=[listener], threads=HTTP_THREADS)
    threading.Thread(target=server.run, name="http", daemon=True).start()
    log.info("Listening for Slack at http://%s:%s%s", host, port, PATH)
    stop.wait()
    # What was heard is answered first: waitress' `close` alone would not wait.
    server.task_dispatcher.shutdown(cancel_pending=False, timeout=ANSWER_TIME_S)
    _wait_until_sent(connections)
    server.close()


def _wait_until_sent(connections: Mapping[int, Any]) -> None:
    deadline = time.monotonic() + ANSWER_TIME_S
    while time.monotonic() < deadline:
        channels = [c for c in list(connections.values()) if isinstance(c, HTTPChannel)]
        if not any(channel.writable() for channel in channels):
            return
        time.sleep(0.01)


def _stop_hearing(client: SocketModeClient) -> None:
    """Answer what was heard, then hang up.

    The client's own `close` waits for its ping, up to ten seconds; its threads end with us anyway.
    """
    client.auto_reconnect_enabled = False
    client.closed = True
    client.message_workers.shutdown(wait=True)
    client.disconnect()
