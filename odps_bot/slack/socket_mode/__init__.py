"""Socket Mode: several WebSockets by which Slack delivers, so that none of its closings is felt.

slack_sdk's clients hang up at Slack's first word of closing, leave a gap until they are connected
again, and lose the acknowledgement under way.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from odps_bot.slack.socket_mode.client import SocketModeClient
from odps_bot.slack.troubles import Trouble

__all__ = ["SocketModeClient", "Trouble"]
