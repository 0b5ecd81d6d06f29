"""People who type: signed slash commands at a steady pace, whether or not answers come."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from benchmarks.world import runs
from benchmarks.world.bot import SIGNING_SECRET

#: Slack shows an error to whoever typed when no acknowledgement has come by then.
PATIENCE_S = 3

#: Longer than Slack waits, so that late acknowledgements are seen for what they are.
_GIVE_UP_S = 15


@dataclass(frozen=True)
class Ack:
    """How a command was acknowledged."""

    command: str  #: its verb
    after_s: float  #: since it was due to be typed
    http_status: int  #: 0: none

    @property
    def is_in_time(self) -> bool:
        """Whether whoever typed has seen no error."""
        return self.http_status == 200 and self.after_s <= PATIENCE_S


def typed(number: int, watched: int) -> str:
    """Return what is typed: of ten commands five run, three ask for a run, one lists, one helps."""
    match number % 10:
        case 0:
            return "help"
        case 1:
            return "status"
        case 2 | 3 | 4:
            # One of the channel's own, which are as many numbers apart as there are channels.
            run = (number * 7_919 * runs.CHANNELS + number % runs.CHANNELS) % watched
            return f"status r{run + 1}"
    return f"run SELECT COUNT(*) FROM daily WHERE part = {number}"


async def type_commands(url: str, texts: Sequence[str], *, per_s: float) -> list[Ack]:
    """Send the commands at this pace and return how each was acknowledged."""
    timeout = ClientTimeout(total=_GIVE_UP_S)
    async with ClientSession(connector=TCPConnector(limit=0), timeout=timeout) as session:
        start = time.perf_counter()
        tasks = []
        for number, text in enumerate(texts):
            due = start + number / per_s
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(_type(session, url, number, text, due)))
        return list(await asyncio.gather(*tasks))


async def _type(session: ClientSession, url: str, number: int, text: str, due: float) -> Ack:
    body = _form(number, text)
    http_status = 0
    try:
        async with session.post(url, data=body, headers=_signed(body)) as answer:
            await answer.read()
            http_status = answer.status
    except (ClientError, TimeoutError):
        pass
    return Ack(text.partition(" ")[0], time.perf_counter() - due, http_status)


def _form(number: int, text: str) -> bytes:
    fields = {
        "command": "/odps",
        "text": text,
        "team_id": runs.TEAM,
        "channel_id": runs.channel_id(number),
        "user_id": f"U{number % 1_000:08}",
        "trigger_id": f"{time.time_ns()}.{number}.bench",
        "response_url": "http://127.0.0.1:9/commands/T0BENCH/1/secret",
        "api_app_id": "A0BENCH",
    }
    return urlencode(fields).encode()


def _signed(body: bytes) -> dict[str, str]:
    timestamp = str(int(time.time()))
    text = b"v0:" + timestamp.encode() + b":" + body
    signature = hmac.new(SIGNING_SECRET.encode(), text, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={signature}",
    }
