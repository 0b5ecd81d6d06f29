"""Whether Redis is reachable, and keeps what is written to it."""

import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from odps_bot.config.redis_address import read_redis_address
from odps_bot.config.settings import Settings
from odps_bot.operations.doctor.attempts import attempt, attempt_all
from odps_bot.operations.doctor.finding import Finding, failed, graded, ok, warning
from odps_bot.operations.doctor.replication_checks import check_copies, check_sentinels
from odps_bot.store import keys
from odps_bot.store.connections import sentinel_clients
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.redis_trouble import RedisTrouble, describe, trouble_of

#: Scripts and streams as we use them.
LEAST_VERSION = (6, 2)

PINGS = 20

#: A command asks Redis about ten times, and Slack waits for 3 s.
SLOW_MS, TOO_SLOW_MS = 30, 200
SKEW_S, TOO_MUCH_SKEW_S = 2, 30
FULL, TOO_FULL = 0.8, 0.95

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def check_redis(redis: Redis, settings: Settings) -> Iterator[Finding]:
    """Yield the findings about Redis; only one if it can't be reached."""
    try:
        redis.ping()
    except RedisError as error:
        yield _unreachable(error)
        return
    address = read_redis_address(settings.redis_url)
    yield ok("redis", f"reachable at {address.in_words}")
    yield from attempt_all("redis info", _described(redis, settings))
    if address.sentinels:
        sentinels = sentinel_clients(address, ca_file=settings.redis_ca)
        yield attempt("redis sentinels", lambda: check_sentinels(address.service, sentinels))
    for subject, check in (
        ("redis writes", lambda: _writes(redis)),
        ("redis latency", lambda: _latency(redis)),
        ("redis clock", lambda: _clock(redis)),
        ("redis privacy", lambda: _privacy(settings.redis_url)),
        ("redis keys", lambda: _keys(redis, settings)),
    ):
        yield attempt(subject, check)


def _described(redis: Redis, settings: Settings) -> Iterator[Finding]:
    """Yield the findings from Redis's own description of itself."""
    about: dict[str, Any] = redis.info("everything")
    for subject, check in (
        ("redis version", _version),
        ("redis mode", _mode),
        ("redis role", _role),
        ("redis persistence", _persistence),
        ("redis copies", partial(check_copies, settings.redis_copies)),
        ("redis eviction", _eviction),
        ("redis memory", _memory),
    ):
        yield attempt(subject, partial(check, about))


def _unreachable(error: RedisError) -> Finding:
    return failed("redis", describe(error), trouble_of(error).remedy)


def _mode(about: dict[str, Any]) -> Finding:
    mode = str(about.get("redis_mode") or about.get("server_mode") or "?")
    if mode == "cluster" or about.get("cluster_enabled"):
        trouble = RedisTrouble.CLUSTER
        return failed("redis mode", trouble.in_words, trouble.remedy)
    if mode == "sentinel":
        remedy = "write REDIS_URL=redis+sentinel://HOST:26379/SERVICE"
        return failed("redis mode", "a sentinel, which stores no data", remedy)
    if about.get("loading") or about.get("async_loading"):
        trouble = RedisTrouble.LOADING
        return failed("redis mode", trouble.in_words, trouble.remedy)
    return ok("redis mode", mode)


def _role(about: dict[str, Any]) -> Finding:
    role = str(about.get("role", "?"))
    if role in {"slave", "replica"}:
        primary = f"{about.get('master_host', '?')}:{about.get('master_port', '?')}"
        says = f"a read-only replica of {primary}"
        if about.get("master_link_status") == "down":
            says += "; its link to the primary is down"
        return failed("redis role", says, RedisTrouble.READ_ONLY.remedy)
    return ok("redis role", "primary" if role == "master" else role)


def _writes(redis: Redis) -> Finding:
    """Write nothing, with a command that Redis refuses whenever it would refuse a real write."""
    subject = "redis writes"
    try:
        redis.setrange(keys.reconciler_turn(), 0, b"")
    except RedisError as error:
        return failed(subject, f"refused: Redis {describe(error)}", trouble_of(error).remedy)
    return ok(subject, "accepted")


def _version(about: dict[str, Any]) -> Finding:
    shown = str(about.get("valkey_version") or about.get("redis_version", "?"))
    compatible = str(about.get("redis_version", "0"))
    parts = tuple(int(part) for part in compatible.split(".")[:2] if part.isdecimal())
    if parts < LEAST_VERSION:
        least = ".".join(map(str, LEAST_VERSION))
        remedy = f"run Redis {least} or later, or Valkey"
        return failed("redis version", f"{shown} is too old", remedy)
    return ok("redis version", shown)


def _persistence(about: dict[str, Any]) -> Finding:
    subject = "redis persistence"
    if not about.get("aof_enabled"):
        remedy = "set `appendonly yes`, or make sure that a replica takes over without data loss"
        return warning(subject, "off: a restart loses accepted runs", remedy)
    if about.get("aof_last_write_status") != "ok":
        says = "the append-only file could not be written"
        return failed(subject, says, "see the log of Redis; is the disk full?")
    return ok(subject, "append-only file")


def _eviction(about: dict[str, Any]) -> Finding:
    subject = "redis eviction"
    policy = about.get("maxmemory_policy", "?")
    if policy == "noeviction":
        return ok(subject, "noeviction: nothing is dropped when memory is full")
    remedy = "set `maxmemory-policy noeviction`"
    says = f"{policy}: runs are dropped when memory is full"
    return (
        failed(subject, says, remedy)
        if about.get("maxmemory")
        else warning(subject, f"{says}; no limit is set yet", remedy)
    )


def _memory(about: dict[str, Any]) -> Finding:
    used = int(about.get("used_memory", 0))
    has_limit = bool(about.get("maxmemory"))
    limit = int(about.get("maxmemory") or about.get("total_system_memory") or 0)
    says = f"{used / 2**20:,.0f} MiB used" + (f" of {limit / 2**20:,.0f} MiB" if limit else "")
    remedy = "give Redis more memory, or lower ODPS_BOT_KEEP_DAYS"
    if not has_limit:
        says += " without a limit: Redis is killed when the machine runs out of memory"
        remedy = "set `maxmemory` below the memory of the machine"
    is_full = not has_limit or used > FULL * limit
    is_too_full = limit > 0 and used > TOO_FULL * limit
    return graded("redis memory", says, remedy, is_warning=is_full, is_failed=is_too_full)


def _latency(redis: Redis) -> Finding:
    took_ms = []
    for _ in range(PINGS):
        began_s = time.perf_counter()
        redis.ping()
        took_ms.append((time.perf_counter() - began_s) * 1_000)
    median_ms = statistics.median(took_ms)
    says = f"{median_ms:.1f} ms per request"
    remedy = "run Redis closer to the bot: a command needs about ten requests within Slack's 3 s"
    is_slow, is_too_slow = median_ms > SLOW_MS, median_ms > TOO_SLOW_MS
    return graded("redis latency", says, remedy, is_warning=is_slow, is_failed=is_too_slow)


def _clock(redis: Redis) -> Finding:
    seconds, microseconds = redis.time()
    skew_s = abs(datetime.now(UTC).timestamp() - seconds - microseconds / 1e6)
    says = f"its clock and this machine's differ by {skew_s:.1f} s"
    remedy = "synchronize the clocks (NTP): jobs run too early or too late"
    is_off, is_too_far_off = skew_s > SKEW_S, skew_s > TOO_MUCH_SKEW_S
    return graded("redis clock", says, remedy, is_warning=is_off, is_failed=is_too_far_off)


def _privacy(url: str) -> Finding:
    address = read_redis_address(url)
    hosts = {host for host, _ in address.sentinels} or {address.options.get("host", "localhost")}
    is_local = address.is_socket or hosts <= LOCAL_HOSTS
    if not address.options.get("password"):
        remedy = "set `requirepass` or an ACL user, and put the password into REDIS_URL"
        return warning("redis privacy", "no password is required", remedy)
    if not address.is_encrypted and not is_local:
        remedy = "use rediss://, unless the network is private"
        return warning("redis privacy", "the connection is not encrypted", remedy)
    return ok("redis privacy", "a password is required" + ("" if is_local else ", over TLS"))


def _keys(redis: Redis, settings: Settings) -> Finding:
    """Check the keys that all processes share: one overwritten by hand blocks everything."""
    expected: dict[str, str] = {
        **{key(): key.type for key in keys.DECLARED.values() if not key.part_names},
        **{keys.outbox(kind): keys.outbox.type for kind in NotificationKind},
        **{keys.watched(project): keys.watched.type for project in settings.projects},
        **{keys.subscriptions(project): keys.subscriptions.type for project in settings.projects},
    }
    wrong = [
        f"{key} is a {found} instead of a {kind}"
        for key, kind in expected.items()
        if (found := _type(redis, key)) not in {kind, "none"}
    ]
    if wrong:
        remedy = "it was overwritten: stop all processes, RENAME the key, start them again"
        return failed("redis keys", "; ".join(wrong), remedy)
    return ok("redis keys", "all shared keys have the expected type")


def _type(redis: Redis, key: str) -> str:
    kind = redis.type(key)
    return kind.decode() if isinstance(kind, bytes) else str(kind)
