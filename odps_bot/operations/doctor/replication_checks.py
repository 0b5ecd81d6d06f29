"""Whether Redis has the copies that are asked for, and Sentinels that can fail over."""

from collections.abc import Sequence
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from odps_bot.config.redis_address import RedisCopies
from odps_bot.operations.doctor.finding import Finding, failed, ok, warning

#: WAITAOF came with it.
LEAST_VERSION_FOR_DISK = (7, 2)

SUBJECT, SENTINELS = "redis copies", "redis sentinels"


def check_copies(wanted: RedisCopies, about: dict[str, Any]) -> Finding:
    """Return whether what ODPS_BOT_REDIS_REPLICAS asks for can be had; `about` is Redis' INFO."""
    if wanted.is_on_disk:
        return _check_disk(about)
    online = [
        copy
        for number in range(int(about.get("connected_slaves", 0)))
        if isinstance(copy := about.get(f"slave{number}"), dict) and copy.get("state") == "online"
    ]
    says = f"{len(online)} replicas in step" if len(online) != 1 else "1 replica in step"
    if len(online) < wanted.replicas:
        remedy = "bring the replicas back: until then people are told that runs could be lost"
        return failed(SUBJECT, f"{says}, and ODPS_BOT_REDIS_REPLICAS={wanted.replicas}", remedy)
    if online and not wanted.replicas:
        remedy = "set ODPS_BOT_REDIS_REPLICAS=1, so that only what a replica has is accepted"
        return warning(SUBJECT, f"{says}, but none is waited for", remedy)
    return ok(SUBJECT, says if online else "none: a single server")


def _check_disk(about: dict[str, Any]) -> Finding:
    version = str(about.get("redis_version", "0")).split(".")[:2]
    if tuple(int(part) for part in version if part.isdecimal()) < LEAST_VERSION_FOR_DISK:
        remedy = "run Redis 7.2 or later, or Valkey; or set ODPS_BOT_REDIS_REPLICAS=0"
        return failed(SUBJECT, "this version can't tell what is on disk", remedy)
    if not about.get("aof_enabled"):
        remedy = "set `appendonly yes`; or set ODPS_BOT_REDIS_REPLICAS=0"
        return failed(SUBJECT, "no append-only file, and ODPS_BOT_REDIS_REPLICAS=disk", remedy)
    return ok(SUBJECT, "what is accepted is on disk")


def check_sentinels(service: str, sentinels: Sequence[Redis]) -> Finding:
    """Return whether all Sentinels respond, and enough of them agree to fail over."""
    problems, able = [], 0
    for sentinel in sentinels:
        options = sentinel.connection_pool.connection_kwargs
        try:
            sentinel.sentinel_ckquorum(service)
            able += 1
        except RedisError as error:
            problems.append(f"{options['host']}:{options['port']}: {error}")
    if not able:
        remedy = "start them; each needs `sentinel monitor` with this name and a quorum"
        return failed(SENTINELS, f"no failover is possible: {'; '.join(problems)}", remedy)
    if problems:
        return warning(SENTINELS, "; ".join(problems), "start it, or remove it from REDIS_URL")
    says = f"{able} agree" if able > 1 else "1 can fail over"
    if able < 3:  # noqa: PLR2004  -- a majority survives the loss of one
        return warning(SENTINELS, says, "run three, each on a machine of its own, and name all")
    return ok(SENTINELS, says)
