"""Parsers of settings: text in, value out. Each raises ValueError, which says what is expected."""

import os
import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

from odps_bot.config.redis_address import BROKEN_ADDRESS, read_redis_address
from odps_bot.config.secret_values import secret as real_secret

PROJECT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,62}")
TEAM_ID = re.compile(r"[TE][A-Z0-9]{1,20}")


def one_of(*allowed: str) -> Callable[[str], str]:
    """Return a parser that accepts these words."""

    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError("expected one of " + ", ".join(allowed))
        return text

    return parse


def address(text: str) -> tuple[str, int]:
    """Return host and port of `HOST:PORT`."""
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isdecimal() and 0 <= int(port) <= 65535):  # noqa: PLR2004  -- the largest port
        raise ValueError("expected HOST:PORT")
    return host.removeprefix("[").removesuffix("]"), int(port)


def optional_address(text: str) -> tuple[str, int] | None:
    """Return host and port of `HOST:PORT`, or None for nothing."""
    return address(text) if text else None


def readable_file(text: str) -> str:
    """Return the path of a file that can be read; nothing is accepted, too."""
    if text and not os.access(text, os.R_OK):
        raise ValueError("expected a readable file")
    return text


def url(*schemes: str) -> Callable[[str], str]:
    """Return a parser of addresses that begin with one of these schemes."""

    def parse(text: str) -> str:
        try:
            parts = urlsplit(text)
            _ = parts.port
        except ValueError:
            # Its own words may quote a password.
            raise ValueError(BROKEN_ADDRESS) from None
        if parts.scheme not in schemes or not (parts.netloc or parts.path):
            raise ValueError("expected an address that starts with " + ", ".join(schemes))
        return text

    return parse


def redis_url(text: str) -> str:
    """Return an address of Redis, or of its Sentinels, which redis-py reads as it is meant."""
    read_redis_address(text)
    return text


def words(text: str) -> tuple[str, ...]:
    """Return words that are separated by commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def teams(text: str) -> tuple[str, ...]:
    """Return ids of workspaces and organisations that are separated by commas."""
    for team_id in words(text):
        if not TEAM_ID.fullmatch(team_id):
            raise ValueError(
                f"{team_id!r} is not the ID of a workspace (T…) or an organization (E…)"
            )
    return words(text)


def projects(text: str) -> tuple[str, ...]:
    """Return names of projects that are separated by commas: at least one."""
    names = words(text)
    if not names:
        raise ValueError("expected at least one project")
    for name in names:
        if not PROJECT_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a project name: a letter, then letters, digits or _")
    return names


def access_keys(text: str) -> dict[str, tuple[str, str]]:
    """Return id and secret by name, of `NAME=ID:SECRET,…`."""
    keys = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, equals, pair = part.partition("=")
        key_id, colon, key_secret = pair.partition(":")
        if not (equals and colon and name and key_id and key_secret):
            raise ValueError("expected NAME=ID:SECRET, separated by commas")
        keys[name.strip()] = (real_secret(key_id.strip()), real_secret(key_secret.strip()))
    return keys


def duration(unit: timedelta) -> Callable[[str], timedelta]:
    """Return a parser of how many of these units something takes."""
    return lambda text: number(text) * unit


def number(text: str) -> float:
    """Return a positive number."""
    try:
        number = float(text)
    except ValueError:
        raise ValueError("expected a number") from None
    if not 0 < number <= 10_000:  # noqa: PLR2004  -- keeps nan, inf and nonsense out
        raise ValueError("expected a positive number up to 10000")
    return number


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Return a parser of whole numbers within these bounds."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and least <= int(text[:9]) <= most):
            raise ValueError(f"expected a whole number from {least} to {most}")
        return int(text)

    return parse
