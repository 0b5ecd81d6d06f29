"""What is wrong with Redis, by its own error: each kind has a name of its own. Pure."""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from redis.exceptions import AuthenticationError, AuthorizationError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError


class RedisTrouble(StrEnum):
    """The kinds; the values are those of a metric's label."""

    UNREACHABLE = "unreachable"
    PASSWORD = "password"  # noqa: S105  -- the name of a kind
    PERMISSION = "permission"
    LOADING = "loading"
    READ_ONLY = "read-only"
    NO_REPLICAS = "no-replicas"
    FULL = "full"
    DISK = "disk"
    CLUSTER = "cluster"
    REFUSED = "refused"  #: whatever else it says

    @property
    def in_words(self) -> str:
        """What it is, for operators; the subject is Redis."""
        return _WORDS[self]

    @property
    def remedy(self) -> str:
        """What an operator does about it."""
        return _REMEDIES[self]


#: The codes at the beginning of Redis' errors.
_KINDS: Mapping[str, RedisTrouble] = MappingProxyType(
    {
        "NOAUTH": RedisTrouble.PASSWORD,
        "WRONGPASS": RedisTrouble.PASSWORD,
        "NOPERM": RedisTrouble.PERMISSION,
        "LOADING": RedisTrouble.LOADING,
        "READONLY": RedisTrouble.READ_ONLY,
        # What a blocked client hears when its server becomes a replica.
        "UNBLOCKED": RedisTrouble.READ_ONLY,
        "MASTERDOWN": RedisTrouble.READ_ONLY,
        "NOREPLICAS": RedisTrouble.NO_REPLICAS,
        "OOM": RedisTrouble.FULL,
        "MISCONF": RedisTrouble.DISK,
        "MOVED": RedisTrouble.CLUSTER,
        "ASK": RedisTrouble.CLUSTER,
        "CROSSSLOT": RedisTrouble.CLUSTER,
        "CLUSTERDOWN": RedisTrouble.CLUSTER,
    }
)

_WORDS: Mapping[RedisTrouble, str] = MappingProxyType(
    {
        RedisTrouble.UNREACHABLE: "cannot be reached",
        RedisTrouble.PASSWORD: "rejects the user or password",
        RedisTrouble.PERMISSION: "denies its user a permission",
        RedisTrouble.LOADING: "is loading its data from disk",
        RedisTrouble.READ_ONLY: "is a read-only replica",
        RedisTrouble.NO_REPLICAS: "accepts no writes, because too few replicas are connected",
        RedisTrouble.FULL: "is full: its maxmemory is reached",
        RedisTrouble.DISK: "accepts no writes, because it cannot save to disk",
        RedisTrouble.CLUSTER: "is a node of a Redis Cluster, which is not supported",
        RedisTrouble.REFUSED: "refused a command",
    }
)

_REMEDIES: Mapping[RedisTrouble, str] = MappingProxyType(
    {
        RedisTrouble.UNREACHABLE: (
            "check that it is running, REDIS_URL, and with TLS ODPS_BOT_REDIS_CA"
        ),
        RedisTrouble.PASSWORD: "correct the user and password in REDIS_URL",
        RedisTrouble.PERMISSION: (
            "allow the ACL user of REDIS_URL the commands listed in docs/operating.md (Redis)"
        ),
        RedisTrouble.LOADING: "wait until it has finished",
        RedisTrouble.READ_ONLY: "point REDIS_URL at the primary, or at its Sentinels",
        RedisTrouble.NO_REPLICAS: (
            "bring its replicas back, or lower its min-replicas-to-write; with two servers"
            " ODPS_BOT_REDIS_REPLICAS=1 is better"
        ),
        RedisTrouble.FULL: "raise its maxmemory, or lower ODPS_BOT_KEEP_DAYS",
        RedisTrouble.DISK: "see the log of Redis: is its disk full?",
        RedisTrouble.CLUSTER: "point REDIS_URL at a Redis without cluster mode",
        RedisTrouble.REFUSED: "see the log of Redis",
    }
)

#: At the beginning, or in what a script of an older Redis raises.
_CODE = re.compile(rf"(?:^|[\s:]-)({'|'.join(_KINDS)})\b")

#: What redis-py puts in front, with a part of the command: that may hold anything.
_COMMAND = re.compile(r"^Command # \d+ .* of pipeline caused error: ", re.DOTALL)


def trouble_of(error: RedisError) -> RedisTrouble:
    """Return what kind of trouble an error of redis-py is."""
    if kind := _KINDS.get(code_of(error)):
        return kind
    if isinstance(error, AuthenticationError | AuthorizationError):
        return RedisTrouble.PASSWORD
    if isinstance(error, RedisConnectionError | RedisTimeoutError):
        return RedisTrouble.UNREACHABLE
    return RedisTrouble.REFUSED


def code_of(error: RedisError) -> str:
    """Return the code of Redis' error, such as `OOM`, if it is one of those known here."""
    if error.status_code in _KINDS:
        return str(error.status_code)
    found = _CODE.search(_COMMAND.sub("", str(error)))
    return found[1] if found else ""


def describe(error: RedisError) -> str:
    """Return what is wrong, in words for the log, and what redis-py said."""
    said = " ".join(_COMMAND.sub("", str(error)).split()) or type(error).__name__
    code = code_of(error)
    quoted = said if not code or said.startswith(code) else f"{code} {said}"
    return f"{trouble_of(error).in_words} ({quoted})"
