"""The one reading of `set key=value` lines. Pure."""

import re
from typing import NamedTuple

_KEY = "[A-Za-z0-9._-]+"
_SETTING = re.compile(rf"(set\s+)?({_KEY})\s*=\s*(.*)", re.IGNORECASE | re.DOTALL)

WHITESPACE = " \t\r\n"


class Setting(NamedTuple):
    """A `set key=value;`, or what is sent beside the text."""

    key: str
    value: str


def parse_setting(statement: str) -> Setting | None:
    """Return the setting that a statement is; None for any other statement."""
    # Most statements are none, and there may be thousands.
    if statement[:3].casefold() != "set":
        return None
    found = _SETTING.fullmatch(statement)
    return Setting(found[2], found[3].strip(WHITESPACE)) if found and found[1] else None


def parse_typed_setting(line: str) -> Setting | None:
    """Return the setting `key=value`, also written as a statement; None for anything else."""
    found = _SETTING.fullmatch(line.strip())
    if found is None or not found[3] or "\n" in found[3]:
        return None
    # Without regard to case, some letters beyond ASCII match ASCII ones. Spaces may be of any kind.
    before_value = "".join(found[0][: found.start(3)].split())
    if not before_value.isascii() or not found[2][0].isalpha():
        return None
    return Setting(found[2], found[3].removesuffix(";").rstrip() or found[3])


def is_key(text: str) -> bool:
    """Return whether this can be the name of a setting."""
    return re.fullmatch(_KEY, text) is not None
