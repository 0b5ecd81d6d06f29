"""What is known of the settings: reads `settings.toml`, whose head explains the fields."""

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType

import msgspec


class Variable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An environment variable: its name, what it means, where its value comes from."""

    name: str
    meaning: str
    default: str | None = None  #: None: must be given
    is_secret: bool = False  #: then it may also come from a file, which `NAME_FILE` names
    meaning_alone: str = ""  #: what it means to somebody who does not see its neighbours
    source: str = ""  #: where somebody who lacks it finds it
    placeholder: str = ""  #: what .env.example has in its place


@functools.cache
def variables() -> Mapping[str, Variable]:
    """Return the environment variables by the name of their field in `Settings`."""
    text = resources.files(__package__).joinpath("settings.toml").read_text(encoding="utf-8")
    return MappingProxyType(msgspec.convert(tomllib.loads(text), dict[str, Variable]))
