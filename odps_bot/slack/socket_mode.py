"""Socket Mode: Bolt's connection to Slack, and a way to end it that loses nothing."""

from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk.socket_mode.websocket_client import SocketModeClient

from odps_bot.slack.api.calls import attempt

#: The thread that takes messages off the client's queue looks so often whether to end.
PROCESSOR_WAIT_S = 2


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
    # What it has taken off its queue is given to the workers before they take no more.
    client.message_processor.event.set()
    client.message_queue.put(None)
    client.message_processor.thread.join(PROCESSOR_WAIT_S)
    client.message_workers.shutdown(wait=True)
    client.disconnect()
