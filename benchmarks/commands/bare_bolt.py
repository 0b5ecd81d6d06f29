"""Bolt with nothing behind it, in the server that our bot uses: `python -m … PORT SECRET`.

Its handler is Bolt's own, its only listener acknowledges.
"""

import sys

from slack_bolt import Ack, App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from waitress import serve

from odps_bot.bot import HTTP_THREADS


def main() -> None:
    """Serve until SIGTERM."""
    port, secret = int(sys.argv[1]), sys.argv[2]
    who = AuthorizeResult(enterprise_id=None, team_id="T0BENCH", bot_token="xoxb-benchmark")
    app = App(
        client=WebClient(token="xoxb-benchmark"),
        signing_secret=secret,
        authorize=lambda: who,
        process_before_response=True,
        token_verification_enabled=False,
    )

    @app.command("/odps")
    def hear(ack: Ack) -> None:
        ack()

    serve(SlackRequestHandler(app), host="127.0.0.1", port=port, threads=HTTP_THREADS)


if __name__ == "__main__":
    main()
