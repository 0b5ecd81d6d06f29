"""Socket Mode: Bolt's connection to Slack, and a way to end it that loses nothing."""

from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk.socket_mode.websocket_client import SocketModeClient

from odps_bot.slack.api.calls import attempt


def connect(app: App, app_token: str) -> SocketModeClient:
    """Hear Slack from now on, in threads of the client. Raises SlackError."""
    handler = SocketModeHandler(app, app_token)
    attempt("apps.connections.open", handler.connect)
    return handler.client


def stop_listening(client: SocketModeClient) -> None:
    """Answer accepted requests, then disconnect.

    The client's own `close` waits for its ping, up to ten seconds; its threads end with us anyway.
    """
    client.auto_reconnect_enabled = False
    client.closed = True
    client.message_workers.shutdown(wait=True)
    client.disconnect()
