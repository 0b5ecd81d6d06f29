"""PAI commands, which clients of MaxCompute send as XFlows. Pure.

https://www.alibabacloud.com/help/en/pai/user-guide/appendid shows some; odpscmd reads them so.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from odps_bot.maxcompute.errors import InvalidArgumentError
from odps_bot.maxcompute.xflow import XFlowSource
from odps_bot.sql.statements import SqlText

PUBLIC_PROJECT = "algo_public"

_START = re.compile(r"pai(?=\s|\Z)", re.IGNORECASE | re.ASCII)
_QUOTED = r""""(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'"""
_WORD = re.compile(rf"(?:{_QUOTED}|[^\s\"'])++", re.DOTALL)
_QUOTED_PART = re.compile(_QUOTED, re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,127}")
_PARAMETER = re.compile(r"([A-Za-z_][A-Za-z0-9_.]{0,127})=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaiCommand:
    """An XFlow to run, and with what."""

    xflow: str
    xflow_project: str
    parameters: Mapping[str, str]
    hints: Mapping[str, str]  #: of `set key=value;` lines before it


def parse_pai_command(sql: str) -> PaiCommand | None:
    """Return the command `PAI -name N [-project P] -Dkey=value …`; None for any other text.

    Raises InvalidArgumentError for what begins as one and is none, or is followed by more.
    """
    if "pai" not in sql.lower():
        return None  # without cutting it
    text = SqlText(sql)
    statements = text.statements
    if not statements or not _START.match(statements[0]):
        return None
    if len(statements) > 1:
        raise InvalidArgumentError("One PAI command at a time.")
    names, parameters = _read(statements[0][len("pai") :])
    if "name" not in names:
        raise InvalidArgumentError("A PAI command needs -name: PAI -name ALGORITHM -Dkey=value …")
    return PaiCommand(
        xflow=_checked(names["name"]),
        xflow_project=_checked(names.get("project", PUBLIC_PROJECT)),
        parameters=parameters,
        hints=text.settings,
    )


def pai_command_of(source: XFlowSource) -> str:
    """Return a PAI command that runs the same."""
    parameters = (f"-D{name}={_quoted(value)}" for name, value in source.parameters.items())
    head = f"PAI -name {source.xflow} -project {source.xflow_project}"
    return "\n    ".join((head, *parameters))


def _read(arguments: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return options by name, and parameters."""
    words = iter(_words(arguments))
    names: dict[str, str] = {}
    parameters: dict[str, str] = {}
    for word in words:
        option = word.removeprefix("-").lower()
        if word.startswith("-D"):
            pair = _PARAMETER.fullmatch(word.removeprefix("-D") or next(words, ""))
            if pair is None:
                raise InvalidArgumentError(f"{word[:80]!r} is not -Dkey=value.")
            parameters[pair[1]] = pair[2]
        elif option in {"name", "project"} and word.startswith("-"):
            names[option] = next(words, "")
        else:
            raise InvalidArgumentError(f"{word[:80]!r} is not understood in a PAI command.")
    return names, parameters


def _words(text: str) -> list[str]:
    if _WORD.sub("", text).strip():
        raise InvalidArgumentError("A quote in the PAI command is not closed.")
    return [_QUOTED_PART.sub(_unquoted, word) for word in _WORD.findall(text)]


def _unquoted(quoted: re.Match[str]) -> str:
    quote = quoted[0][0]
    return quoted[0][1:-1].replace("\\" + quote, quote)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise InvalidArgumentError(f"{name[:80]!r} is no name of an XFlow or a project.")
    return name


def _quoted(value: str) -> str:
    if re.fullmatch(r"[^\s\"';]+", value):
        return value
    escaped = value.replace('"', '\\"')
    return f'"{escaped}"'
