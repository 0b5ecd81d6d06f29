"""The bot process: hears Slack until it is told to stop."""

import logging
import signal
import threading

from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.websocket_client import SocketModeClient
from waitress.server import create_server

from odps_bot.app import create_app
from odps_bot.errors import OdpsBotError
from odps_bot.listeners.http_delivery import PATH, SlackEndpoint
from odps_bot.services import Services, prompt_redis
from odps_bot.settings import Settings

log = logging.getLogger(__name__)

HTTP_THREADS = 16


def run_bot(settings: Settings) -> None:
    """Hear Slack until SIGTERM or SIGINT.

    Raises SettingsError, or OdpsBotError when Slack cannot be asked who we are.
    """
    settings.check_listening()
    services = Services.from_settings(settings, redis=prompt_redis(settings.redis_url))
    app = _create_app(services)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if settings.slack_mode == "socket":
        handler = SocketModeHandler(app, settings.slack_app_token)
        handler.connect()
        log.info("Connected to Slack by Socket Mode")
        stop.wait()
        _stop_hearing(handler.client)
    else:
        host, port = settings.http_listen
        server = create_server(SlackEndpoint(app), host=host, port=port, threads=HTTP_THREADS)
        thread = threading.Thread(target=server.run, name="http", daemon=True)
        thread.start()
        log.info("Listening for Slack at http://%s:%s%s", host, port, PATH)
        stop.wait()
        server.close()


def _create_app(services: Services) -> App:
    try:
        return create_app(services)
    except SlackApiError as error:
        code = error.response.get("error", "no reason")
        raise OdpsBotError(f"Slack does not accept SLACK_BOT_TOKEN: {code}") from error
    except OSError as error:
        address = services.settings.slack_api_url
        raise OdpsBotError(f"Slack cannot be reached at {address}: {error}") from error


def _stop_hearing(client: SocketModeClient) -> None:
    """Answer what was heard, then hang up.

    The client's own `close` waits for its ping, up to ten seconds; its threads end with us anyway.
    """
    client.auto_reconnect_enabled = False
    client.closed = True
    client.message_workers.shutdown(wait=True)
    client.disconnect()
