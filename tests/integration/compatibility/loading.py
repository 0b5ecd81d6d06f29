"""Write a recording into Redis, as if it had been left there a moment ago."""

import base64
import json
import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from redis import Redis

#: Sorted sets, strings and fields that hold instants of Redis' own clock.
SCORED_BY_REDIS = re.compile(r"odps-bot:(?:due|watched:.*|outbox:.*|noticed:.*)|rq:scheduled:.*")
LEASES = re.compile(r"odps-bot:posting:.*")
BUDGETS = re.compile(r"odps-bot:budget:.*")


def renamed(recorded: Mapping[str, Any], names: Mapping[str, str]) -> Any:
    """Return the recording with other ids, timestamps and addresses, wherever they stand."""
    text = json.dumps({**recorded, "messages": [], "instances": []}, ensure_ascii=False)
    pattern = re.compile("|".join(map(re.escape, names)))
    return json.loads(pattern.sub(lambda found: names[found[0]], text))


def load(dump: Mapping[str, Any], redis: Redis, *, shift_s: float) -> None:
    """Write the keys of a recording; instants of Redis' own clock are shifted to its present."""
    with redis.pipeline(transaction=False) as pipe:
        for key, recorded in dump.items():
            value = recorded["value"]
            if SCORED_BY_REDIS.fullmatch(key):
                value = [[member, score + shift_s] for member, score in value]
            elif LEASES.fullmatch(key):
                value = str(float(value) + shift_s)
            elif BUDGETS.fullmatch(key):
                value = value | {"at": str(float(value["at"]) + shift_s)}
            _WRITERS[recorded["type"]](pipe, key, value)
            if recorded["pttl"] > 0:
                pipe.pexpire(key, recorded["pttl"])
        pipe.execute()


def _bytes(recorded: str | Mapping[str, str]) -> bytes:
    match recorded:
        case {"zlib": text}:
            return zlib.compress(text.encode())
        case {"base64": text}:
            return base64.b64decode(text)
        case _:
            return recorded.encode()


def _fields(recorded: Mapping[str, Any]) -> dict[str, bytes]:
    return {name: _bytes(value) for name, value in recorded.items()}


def _write_stream(redis: Any, key: str, value: list[Any]) -> None:
    for entry_id, fields in value:
        redis.xadd(key, _fields(fields), id=entry_id)


_WRITERS: dict[str, Callable[[Any, str, Any], object]] = {
    "string": lambda redis, key, value: redis.set(key, _bytes(value)),
    "list": lambda redis, key, value: redis.rpush(key, *map(_bytes, value)),
    "set": lambda redis, key, value: redis.sadd(key, *map(_bytes, value)),
    "zset": lambda redis, key, value: redis.zadd(key, {_bytes(m): score for m, score in value}),
    "hash": lambda redis, key, value: redis.hset(key, mapping=_fields(value)),
    "stream": _write_stream,
}
