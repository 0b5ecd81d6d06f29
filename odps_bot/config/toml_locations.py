"""The position of a value in a TOML text, so that an error can name its line."""

import re
import tomllib
from collections.abc import Sequence
from typing import Any

_HEADER = re.compile(r"\s*\[\[?(?P<inside>.+?)\]\]?\s*(?:#.*)?")
_KEY = re.compile(
    r"""\s*(?P<key>(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*="""
)


def line_of(text: str, place: Sequence[str]) -> int | None:
    """Return the line of the value at `place`, or of the nearest table around it; 1 is the first.

    None when nothing of it stands in the text.
    """
    lines = dict(_places(text))
    for length in range(len(place), 0, -1):
        found = lines.get(tuple(place[:length]))
        if found is not None:
            return found
    return None


def _places(text: str) -> list[tuple[tuple[str, ...], int]]:
    table: tuple[str, ...] = ()
    found: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.fullmatch(line):
            table = _parts(header["inside"])
            here = table
        elif key := _KEY.match(line):
            here = (*table, *_parts(key["key"]))
        else:
            continue
        found.setdefault(here, number)
    return list(found.items())


def _parts(dotted: str) -> tuple[str, ...]:
    document: Any
    try:
        document = tomllib.loads(f"{dotted} = 0")
    except tomllib.TOMLDecodeError:
        return (dotted,)
    parts = []
    while isinstance(document, dict):
        [(name, document)] = document.items()
        parts.append(name)
    return tuple(parts)
