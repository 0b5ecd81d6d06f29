"""The options before the argument of a command, in any order. Pure."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from odps_bot.errors import UsageError
from odps_bot.messages import text as t
from odps_bot.spelling import close_words

_OPTION = re.compile(
    "\\A(?P<typed>(?:--|[\u2014\u2013]|-)(?P<name>[A-Za-z][A-Za-z-]*))(?:[ \\t]*=[ \\t]*|\\s+|\\Z)"
)
_VALUE = re.compile(
    "\\A(?:'(?P<straight>[^']*)'|\"(?P<double>[^\"]*)\"|`(?P<back>[^`]*)`"
    "|\u2018(?P<curly>[^\u2019]*)\u2019|[\u201c\u201e](?P<curlies>[^\u201c\u201d]*)[\u201c\u201d]"
    "|(?P<word>\\S+))(?:\\s+|\\Z)"
)
_WORD = re.compile(r"\A(?P<word>\S+)(?:\s+|\Z)")

#: At least so like a known option: a letter is wrong, or missing, or two are swapped.
_MISTYPED = 0.75

#: So many letters of one are meant to be it: `--prio 3`.
_SHORTENED = 4

#: What was typed for each option, in order; what was not typed has none.
Options = Mapping[str, tuple[str, ...]]


def split_word(text: str) -> tuple[str, str]:
    """Return the first word and the rest."""
    found = _WORD.match(text.lstrip())
    if not found:
        return "", ""
    return found["word"], text.lstrip()[found.end() :]


@dataclass(frozen=True, kw_only=True)
class TypedOption:
    """An option at the head of a text, and what follows it."""

    name: str  #: in lower case, without dashes
    value: str | None  #: None: nothing follows
    rest: str
    typed: str  #: the name as it was typed
    behind: str = ""  #: what follows the name
    has_equals: bool = False  #: `--name=…`


def next_option(text: str) -> TypedOption | None:
    """Return the option at the head of `text`, or None.

    `--project P`, `--project=P`, `-p P`, `-p 'P'` and what phones make of them are the same.
    `-- text` is a comment.
    """
    found = _OPTION.match(text.lstrip())
    if not found:
        return None
    behind = text.lstrip()[found.end() :]
    value = _VALUE.match(behind)
    return TypedOption(
        name=found["name"].lower(),
        value=None if value is None else value[value.lastgroup or 0],
        rest="" if value is None else behind[value.end() :],
        typed=found["typed"],
        behind=behind,
        has_equals="=" in found[0],
    )


def take_option(text: str, *names: str) -> tuple[str | None, str]:
    """Return the value of an option at the head of `text`, and the rest."""
    option = next_option(text)
    if option is None or option.name not in names:
        return None, text
    return option.value or "", option.rest


def parse_options(
    text: str,
    names: Mapping[str, str],
    *,
    usage: str,
    repeatable: frozenset[str] = frozenset(),
    flags: frozenset[str] = frozenset(),
) -> tuple[Options, str]:
    """Return the options at the head of `text` and what follows them.

    `names` leads from each spelling to the option it stands for. Raises UsageError for an option
    that is unknown, has no value, or stands twice and is not `repeatable`. `flags` take no value,
    and have an empty one. A line of its own that is no option, such as the `--odps sql` of a
    DataWorks node, is a comment of the statement.
    """
    values: dict[str, tuple[str, ...]] = {}
    while option := next_option(text):
        name = names.get(option.name)
        if name is None and _is_comment(text, option, names):
            break
        if name is None:
            raise _unknown(option, names, usage=usage)
        typed = t.code(option.typed, limit=40)
        if name in flags and option.has_equals:
            raise UsageError(f"{typed} takes no value. Nothing was submitted.", usage=usage)
        if name not in flags and option.value is None:
            raise UsageError(f"{typed} needs a value. Nothing was submitted.", usage=usage)
        if name in values and name not in repeatable:
            raise UsageError(f"{typed} can only be used once. Nothing was submitted.", usage=usage)
        if name in flags:
            values[name], text = ("",), option.behind
        else:
            values[name] = (*values.get(name, ()), option.value or "")
            text = option.rest
    return values, text


def _is_comment(text: str, option: TypedOption, names: Mapping[str, str]) -> bool:
    """Return whether an unknown option is a line of comment above a statement.

    What looks like a known option with its value and nothing else was meant to be one.
    """
    below = text.lstrip().replace("\r", "\n").partition("\n")[2]
    if not below.strip():
        return False
    has_nothing_behind = len(option.rest) <= len(below)
    near = difflib.get_close_matches(option.name, names, n=1, cutoff=_MISTYPED)
    is_cut = len(option.name) >= _SHORTENED and any(n.startswith(option.name) for n in names)
    return not (has_nothing_behind and (near or is_cut))


def refuse_options(text: str, *, usage: str) -> None:
    """Raise UsageError if `text` begins with an option: those of `usage` are taken already."""
    option = next_option(text)
    if option is not None:
        names = {name: name for name in re.findall(r"--(\w+)", usage)}
        raise UsageError(f"{_no_such(option, names)} Nothing was changed.", usage=usage)


def _unknown(option: TypedOption, names: Mapping[str, str], *, usage: str) -> UsageError:
    return UsageError(
        f"{_no_such(option, names)} For a comment, put a space after `--`. Nothing was submitted.",
        usage=usage,
    )


def _no_such(option: TypedOption, names: Mapping[str, str]) -> str:
    near = [f"--{names[name]}" for name in close_words(option.name, names)]
    hint = f" Did you mean {' or '.join(map(t.code, dict.fromkeys(near)))}?" if near else ""
    return f"There is no option {t.code(option.typed, limit=40)}.{hint}"
