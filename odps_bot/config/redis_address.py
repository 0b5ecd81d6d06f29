"""Where Redis is, as `REDIS_URL` says: one server, or the Sentinels that know the primary."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from redis.connection import ConnectionPool, parse_url
from redis.exceptions import RedisError

SENTINEL_PORT = 26_379

#: Addresses of Sentinels, and those of the servers that they watch.
SENTINEL_SCHEMES: Mapping[str, str] = {"redis+sentinel": "redis", "rediss+sentinel": "rediss"}
SCHEMES = ("redis", "rediss", "unix", *SENTINEL_SCHEMES)

BROKEN_ADDRESS = (
    "expected SCHEME://HOST:PORT/…; in a password write %23 for #, %2F for /, %3A for : and"
    " %40 for @"
)
SENTINEL_ADDRESS = (
    "expected redis+sentinel://HOST:26379,HOST:26379/SERVICE/0, with the name under which the"
    " Sentinels know the primary"
)

#: The user and the password of the Sentinels themselves.
SENTINEL_OPTIONS = ("sentinel_username", "sentinel_password")

_SERVICE_AND_DATABASE = re.compile(r"/(?P<service>[^/]*[^/\d][^/]*)(?:/(?P<database>\d*))?/?")
_DATABASE = re.compile(r"/?\d*/?")


@dataclass(frozen=True, kw_only=True)
class RedisAddress:
    """An address that was read. Its `repr` shows no password."""

    url: str = field(repr=False)  #: of the server; with Sentinels of a nameless one
    sentinels: tuple[tuple[str, int], ...] = ()
    service: str = ""  #: the name under which the Sentinels know the primary
    sentinel_options: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def options(self) -> dict[str, Any]:
        """Return redis-py's options of a connection to the server, as the address has them."""
        return dict(parse_url(self.url))  # type: ignore[no-untyped-call]

    @property
    def is_encrypted(self) -> bool:
        """Whether connections use TLS, to the Sentinels as well."""
        return self.url.startswith("rediss:")

    @property
    def is_socket(self) -> bool:
        """Whether it is a Unix socket of this machine."""
        return self.url.startswith("unix:")

    @property
    def passwords(self) -> tuple[str, ...]:
        """Return the passwords of Redis and of the Sentinels, as far as there are any."""
        found = (self.options.get("password"), self.sentinel_options.get("password"))
        return tuple(str(password) for password in found if password)

    @property
    def in_words(self) -> str:
        """Return where it is, without any password."""
        if self.sentinels:
            hosts = ", ".join(f"{host}:{port}" for host, port in self.sentinels)
            return f"{self.service}, whose primary the Sentinels at {hosts} know"
        return urlsplit(self.url).hostname or "its socket"


class RedisCopies(NamedTuple):
    """Where a run must be stored, besides the memory of one server, to count as accepted."""

    replicas: int = 0
    is_on_disk: bool = False


def read_redis_copies(text: str) -> RedisCopies:
    """Return what a number of replicas, or `disk`, asks for; raise ValueError for anything else."""
    if text == "disk":
        return RedisCopies(is_on_disk=True)
    if not re.fullmatch(r"\d", text):
        raise ValueError("expected a number of replicas up to 9, or disk")
    return RedisCopies(replicas=int(text))


def read_redis_address(text: str) -> RedisAddress:
    """Return the address; raise ValueError, which never quotes it, for one that can't be used."""
    scheme, is_complete, rest = text.partition("://")
    if scheme not in SCHEMES or not is_complete or not rest:
        raise ValueError("expected an address that starts with " + ", ".join(SCHEMES))
    if scheme in SENTINEL_SCHEMES:
        return _of_sentinels(SENTINEL_SCHEMES[scheme], rest)
    _check_form(text)
    parts = urlsplit(text)
    if scheme != "unix" and not parts.hostname:
        raise ValueError(BROKEN_ADDRESS)
    if scheme != "unix" and not _DATABASE.fullmatch(parts.path):
        raise ValueError("expected a database number after HOST:PORT/")
    _check_options(text)
    return RedisAddress(url=text)


def _of_sentinels(scheme: str, rest: str) -> RedisAddress:
    authority, slash, tail = rest.partition("/")
    user, at, hosts = authority.rpartition("@")
    _check_form(f"{scheme}://{user}{at}nameless{slash}{tail}")
    parts = urlsplit(f"/{tail}")
    found = _SERVICE_AND_DATABASE.fullmatch(parts.path)
    if not found:
        raise ValueError(SENTINEL_ADDRESS)
    # A plus in a query is a blank, in a password as well.
    options = parse_qsl(parts.query, keep_blank_values=True)
    ours = {name: value for name, value in options if name in SENTINEL_OPTIONS}
    others = urlencode([option for option in options if option[0] not in SENTINEL_OPTIONS])
    database = found["database"] or "0"
    url = f"{scheme}://{user}{at}nameless/{database}" + (f"?{others}" if others else "")
    _check_options(url)
    return RedisAddress(
        url=url,
        sentinels=tuple(_host_and_port(host) for host in hosts.split(",")),
        service=found["service"],
        sentinel_options={name.removeprefix("sentinel_"): ours[name] for name in ours},
    )


def _host_and_port(text: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port or SENTINEL_PORT
    except ValueError:
        raise ValueError(SENTINEL_ADDRESS) from None
    if not host:
        raise ValueError(SENTINEL_ADDRESS)
    return host, port


def _check_form(text: str) -> None:
    """Raise ValueError for an address that would be read otherwise than it is meant."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        # Its own words may quote a password.
        raise ValueError(BROKEN_ADDRESS) from None
    first_option = parts.query.partition("&")[0]
    is_cut_password = "@" in parts.path or ("@" in first_option and "=" not in first_option)
    # A password with such a character ends early: what follows would be a path, or be lost.
    if is_cut_password or "#" in text:
        raise ValueError(BROKEN_ADDRESS)


def _check_options(url: str) -> None:
    try:
        pool = ConnectionPool.from_url(url)
        pool.connection_class(**pool.connection_kwargs)  # connects only when it is used
    except (ValueError, TypeError, RedisError):
        # Their own words may quote a password.
        raise ValueError("expected redis-py options after the question mark") from None
