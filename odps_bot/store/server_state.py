"""What a Redis server is, and whether it takes writes."""

from redis import Redis
from redis.exceptions import RedisError

from odps_bot.errors import OdpsBotError
from odps_bot.store import keys
from odps_bot.store.redis_trouble import RedisTrouble

CLUSTER_REFUSED = (
    "REDIS_URL leads to a node of a Redis Cluster, which odps-bot does not support: point it at a"
    " single server, or at Sentinels (redis+sentinel://…)"
)
SENTINEL_REFUSED = (
    "REDIS_URL leads to a Sentinel, which stores no data: write redis+sentinel://HOST:26379/SERVICE"
)


def require_supported(redis: Redis) -> None:
    """Raise OdpsBotError for a node of a cluster, or for a Sentinel.

    A server that can't be asked now is not refused: whoever needs it will say so.
    """
    try:
        about = redis.info("server")
    except RedisError:
        return
    mode = about.get("redis_mode") or about.get("server_mode")
    if mode == "cluster":
        raise OdpsBotError(CLUSTER_REFUSED)
    if mode == "sentinel":
        raise OdpsBotError(SENTINEL_REFUSED)


def write_error(redis: Redis) -> RedisError | None:
    """Return why a write is refused now, or None: a server that is full or read-only answers PING.

    `trouble_of` names it.
    """
    try:
        redis.set(keys.readiness(), "", px=keys.readiness.life)
    except RedisError as error:
        return error
    return None


def is_reachable(trouble: RedisTrouble | None) -> bool:
    """Return whether Redis answers questions, although it may refuse writes."""
    away = {RedisTrouble.UNREACHABLE, RedisTrouble.PASSWORD, RedisTrouble.LOADING}
    return trouble not in away
