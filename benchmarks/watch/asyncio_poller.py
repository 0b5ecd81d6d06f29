"""One process, one coroutine an instance, as triggers wait in Airflow's triggerer.

`python -m benchmarks.watch.asyncio_poller COUNT`; requests are signed, and share their connections.
"""

import asyncio
import os
import sys
import time
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from aiohttp import ClientSession, TCPConnector
from redis.asyncio import Redis

from benchmarks.watch.rq_jobs import ENDED, POLL
from benchmarks.world.maxcompute import instance_id
from odps_bot.maxcompute.http.credentials import AccessKey
from odps_bot.maxcompute.http.signing import SigningKeys, authorization, canonical_string
from odps_bot.maxcompute.wire import format_http_date

#: Airflow's trigger for a query asks with its provider's client; a pool of this size is generous.
_CONNECTIONS = 100

_KEY = AccessKey("key", "secret")
_KEYS = SigningKeys()


async def poll(number: int, count: int, session: ClientSession, redis: Redis) -> None:
    """Look until the instance is over."""
    pause_s = POLL.total_seconds()
    await asyncio.sleep(pause_s * number / count)
    while not await _is_over(number, session):  # noqa: ASYNC110  -- polling is what it is about
        await asyncio.sleep(pause_s)
    await redis.zadd(ENDED, {f"{number:08}": time.time()})


async def _is_over(number: int, session: ClientSession) -> bool:
    path = f"/projects/bench/instances/{instance_id(number)}"
    headers = {"Date": format_http_date(datetime.now(UTC))}
    text = canonical_string("GET", path, params={}, headers=headers)
    headers["Authorization"] = authorization(
        _KEY, text, at=datetime.now(UTC), region=None, keys=_KEYS
    )
    async with session.get(os.environ["ODPS_ENDPOINT"] + path, headers=headers) as answer:
        root = ET.fromstring(await answer.read())
    return root.findtext("Status") == "Terminated"


async def poll_all(count: int) -> None:
    """Look at so many until all are over."""
    redis = Redis.from_url(os.environ["REDIS_URL"])
    async with ClientSession(connector=TCPConnector(limit=_CONNECTIONS)) as session:
        await asyncio.gather(*(poll(number, count, session, redis) for number in range(count)))


if __name__ == "__main__":
    asyncio.run(poll_all(int(sys.argv[1])))
