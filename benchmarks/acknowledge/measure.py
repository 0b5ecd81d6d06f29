"""Every shape that Slack sends, by signed HTTP, one after the other: how long each waits."""

import http.client
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from redis import Redis

from benchmarks.world.processes import stand_in
from odps_bot.listeners.http_delivery import PATH
from odps_bot.sandbox.redis import EmbeddedRedis
from odps_bot.sandbox.slack import SlackSandbox
from odps_bot.sandbox.slack.signing import signature_headers
from tests.payloads import Shape, shapes
from tests.payloads.bot import environ_of, issued_by, make_slack

#: Rounds that nobody counts: modules and connections are there afterwards.
_FIRST_ROUNDS = 1


@dataclass(frozen=True, kw_only=True)
class Ack:
    """An acknowledgement."""

    shape: str  #: its name: a folder, and a file in it
    status: int
    after_s: float


def measure(*, rounds: int) -> list[Ack]:
    """Return the acknowledgements of so many rounds over all shapes."""
    found: list[Ack] = []
    with EmbeddedRedis() as server, Redis.from_url(server.url) as redis, make_slack() as slack:
        for organization in sorted({shape.organization for shape in shapes()}):
            those = [shape for shape in shapes() if shape.organization == organization]
            with _bot(slack, server.url, organization) as post:
                for number in range(_FIRST_ROUNDS + rounds):
                    acks = _round(those, slack, redis, post, number=number)
                    found += acks if number >= _FIRST_ROUNDS else []
    return found


def _round(
    those: list[Shape],
    slack: SlackSandbox,
    redis: Redis,
    post: Callable[[str, bytes], int],
    *,
    number: int,
) -> list[Ack]:
    # What was handled before would be answered sooner.
    redis.flushdb()
    acks = []
    for shape in those:
        payload: dict[str, Any] = shape.filled(**issued_by(slack)) | {"round": str(number)}
        content_type, body = shape.as_http(payload)
        began_s = time.perf_counter()
        status = post(content_type, body)
        after_s = time.perf_counter() - began_s
        acks.append(Ack(shape=shape.name, status=status, after_s=after_s))
    return acks


@contextmanager
def _bot(
    slack: SlackSandbox, redis_url: str, organization: str
) -> Iterator[Callable[[str, bytes], int]]:
    """Serve a bot in a process of its own, and yield what posts to it as Slack does."""
    environ = {**environ_of(slack), "REDIS_URL": redis_url, "NO_PROXY": "127.0.0.1"}
    arguments = [organization] if organization else []
    with stand_in("benchmarks.acknowledge.bot", *arguments, environ=environ) as url:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)

        def post(content_type: str, body: bytes) -> int:
            secret = slack.signing_secret
            signed = signature_headers(body, signing_secret=secret, at=datetime.now(UTC))
            connection.request("POST", PATH, body, {"Content-Type": content_type, **signed})
            response = connection.getresponse()
            response.read()
            return response.status

        yield post
        connection.close()
