"""The bot as it is served, without workers: prints its port, and serves until its input ends.

Its settings come from the environment; the only argument is the workspace's organization, if any.
"""

import os
import sys
import threading

from redis import Redis
from waitress.server import create_server

from odps_bot.app import create_app
from odps_bot.bot import HTTP_LIMITS, HTTP_THREADS
from odps_bot.listeners.http_delivery import SlackEndpoint
from tests.payloads.bot import make_services


def main() -> None:
    """Serve."""
    organization = sys.argv[1] if len(sys.argv) > 1 else ""
    with Redis.from_url(os.environ["REDIS_URL"]) as redis:
        services = make_services(os.environ, redis, organization=organization)
        endpoint = SlackEndpoint(create_app(services))
        server = create_server(
            endpoint, host="127.0.0.1", port=0, threads=HTTP_THREADS, **HTTP_LIMITS
        )
        threading.Thread(target=server.run, daemon=True).start()
        print(server.effective_port, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
