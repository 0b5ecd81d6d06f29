"""What stands around the bot of a measurement: a Redis, and stand-ins of MaxCompute and Slack."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from redis import Redis

from benchmarks.world import bot
from benchmarks.world.processes import stand_in
from odps_bot.sandbox.redis import EmbeddedRedis


@dataclass(frozen=True)
class Stage:
    """Where everything is, and what a process of ours must be told to find it."""

    maxcompute_url: str
    slack_url: str
    redis: Redis
    environ: dict[str, str]


@contextmanager
def stage(*, projects: Sequence[str] = ("bench",)) -> Iterator[Stage]:
    """Run all of it; the bot and its workers are the measurement's own."""
    with (
        EmbeddedRedis() as server,
        stand_in("benchmarks.world.maxcompute") as maxcompute_url,
        stand_in("benchmarks.world.slack") as slack_url,
        Redis.from_url(server.url) as redis,
    ):
        environ = bot.environ(
            redis_url=server.url,
            maxcompute_url=maxcompute_url,
            slack_url=slack_url,
            bot_port=bot.free_port(),
            projects=projects,
        )
        yield Stage(maxcompute_url, slack_url, redis, environ)
