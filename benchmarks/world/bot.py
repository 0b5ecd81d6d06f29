"""Our bot and workers between the stand-ins, told by their environment as anywhere."""

import socket
from collections.abc import Sequence

from odps_bot.config.settings import Settings
from odps_bot.services import Services
from odps_bot.store.connections import worker_redis

SIGNING_SECRET = "a-secret-of-the-benchmark"


def environ(
    *,
    redis_url: str,
    maxcompute_url: str,
    slack_url: str,
    bot_port: int,
    projects: Sequence[str] = ("bench",),
) -> dict[str, str]:
    """Return what a process of ours must be told."""
    return {
        "SLACK_BOT_TOKEN": "xoxb-benchmark",
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": f"{slack_url}/api/",
        "ODPS_BOT_SLACK_MODE": "http",
        "ODPS_BOT_HTTP_LISTEN": f"127.0.0.1:{bot_port}",
        "REDIS_URL": redis_url,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "key",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
        "ODPS_ENDPOINT": f"{maxcompute_url}/api",
        "ODPS_PROJECTS": ",".join(projects),
        "ODPS_BOT_LOG_LEVEL": "WARNING",
        "NO_PROXY": "127.0.0.1",
    }


def services(settings: dict[str, str]) -> Services:
    """Return services like those of a worker."""
    read = Settings.from_environ(settings)
    return Services.from_settings(read, redis=worker_redis(read.redis_url))


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
