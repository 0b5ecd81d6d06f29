"""Start the sandbox's Slack alone: `python -m odps_bot.sandbox.slack --port 8765`."""

import argparse
import sys
import threading
from datetime import timedelta

from odps_bot.sandbox.slack import Rotation, SlackSandbox


def main() -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m odps_bot.sandbox.slack", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--port", type=int, default=8765, help="port to listen on; 0 picks a free one"
    )
    parser.add_argument(
        "--request-url",
        help="send commands, clicks and events to this URL by signed HTTP instead of Socket Mode",
    )
    parser.add_argument(
        "--rotate-every",
        type=float,
        metavar="SECONDS",
        help="replace a Socket Mode connection so often, as Slack does every few hours",
    )
    options = parser.parse_args()
    slack = SlackSandbox(
        host=options.host,
        port=options.port,
        delivery="http" if options.request_url else "socket",
        request_url=options.request_url,
    )
    with slack:
        if options.rotate_every:
            slack.rotate_sockets(Rotation(every=timedelta(seconds=options.rotate_every)))
        sys.stdout.write(
            f"{slack.url}  the page\n"
            f"SLACK_API_URL={slack.api_url}\n"
            f"SLACK_BOT_TOKEN={slack.bot_token}\n"
            f"SLACK_APP_TOKEN={slack.app_token}\n"
            f"SLACK_SIGNING_SECRET={slack.signing_secret}\n"
            "NO_PROXY=127.0.0.1,localhost\n"
        )
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
