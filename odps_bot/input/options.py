"""The options that stand before what a command is about, in any order. Pure."""

import difflib
from collections.abc import Mapping

from odps_bot.errors import UsageError
from odps_bot.input.sql_input import TypedOption, next_option
from odps_bot.messages import text as t

#: What was typed for each option, in order; what was not typed has none.
Options = Mapping[str, tuple[str, ...]]


def parse_options(
    text: str, names: Mapping[str, str], *, usage: str, repeatable: frozenset[str] = frozenset()
) -> tuple[Options, str]:
    """Return the options at the head of `text` and what follows them.

    `names` leads from each spelling to the option it stands for. Raises UsageError for an option
    that is unknown, has no value, or stands twice and is not `repeatable`.
    """
    values: dict[str, tuple[str, ...]] = {}
    while option := next_option(text):
        name = names.get(option.name)
        if name is None:
            raise _unknown(option, names, usage=usage)
        typed = t.code(option.typed, limit=40)
        if option.value is None:
            raise UsageError(f"{typed} needs a value. Nothing was submitted.", usage=usage)
        if name in values and name not in repeatable:
            raise UsageError(f"{typed} can only be used once. Nothing was submitted.", usage=usage)
        values[name] = (*values.get(name, ()), option.value)
        text = option.rest
    return values, text


def _unknown(option: TypedOption, names: Mapping[str, str], *, usage: str) -> UsageError:
    near = difflib.get_close_matches(option.name, names, n=1, cutoff=0.6)
    hint = f" Did you mean {t.code('--' + names[near[0]])}?" if near else ""
    return UsageError(
        f"There is no option {t.code(option.typed, limit=40)}.{hint} For a comment, put a space"
        " after `--`. Nothing was submitted.",
        usage=usage,
    )
