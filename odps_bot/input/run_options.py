"""A statement with its options, typed or filled in. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from odps_bot.errors import UsageError
from odps_bot.input.options import Options, parse_options
from odps_bot.input.sql_input import normalize_sql
from odps_bot.messages import text as t
from odps_bot.messages.modals.run_modal import MOST_NOTIFIED, PRIORITIES, QUOTA_CHARACTERS
from odps_bot.sql.job_settings import QUOTA
from odps_bot.sql.settings import parse_typed_setting

USAGE = (
    "/odps run [--interactive] [--project P] [--priority N] [--quota Q] [--hint K=V]"
    " [--notify @WHO] [SQL]"
)

MOST_HINTS = 50

#: In digits.
LONGEST_PRIORITY = 3
_QUOTA = re.compile(rf"[^\s;=]{{1,{QUOTA_CHARACTERS}}}")
_PERSON = re.compile(r"<@(?P<id>[A-Z0-9]{2,30})(?:\|[^<>]*)?>")

_NAMES = {name: name for name in ("project", "priority", "quota", "hint", "notify")}
_NAMES |= {"p": "project", "q": "quota", "set": "hint"}
_NAMES |= {name: name for name in ("interactive", "no-interactive")}
_FLAGS = frozenset({"interactive", "no-interactive"})
_REPEATABLE = frozenset({"hint", "notify"})


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What is to be run, and how."""

    sql: str
    project: str | None = None  #: None: the default one
    priority: int | None = None
    quota: str = ""
    interactive: bool | None = None  #: None: as the project's rules say
    hints: Mapping[str, str] = field(default_factory=dict)
    notify: tuple[str, ...] = ()  #: user ids
    unknown_people: tuple[str, ...] = ()  #: names to notify that Slack gave no ids for
    rerun_of: str | None = None  #: the name of a run that it repeats
    edited_from: str | None = None  #: the name of a run of which it is a changed version
    source_url: str = ""  #: the address of that run's card; empty: not known

    @property
    def all_hints(self) -> dict[str, str]:
        """The settings for MaxCompute, the quota among them."""
        return dict(self.hints) | ({QUOTA: self.quota} if self.quota else {})


class BadHintError(Exception):
    """A line that isn't a setting; the message names it (plain text)."""


def parse_run_options(typed: str) -> RunOptions:
    """Return what was typed behind the verb. Raises UsageError for an option that is wrong."""
    options, rest = split_run_options(typed)
    return replace(options, sql=normalize_sql(rest))


def split_run_options(typed: str) -> tuple[RunOptions, str]:
    """Return the options behind the verb, and the text behind them. Raises UsageError."""
    options, rest = parse_options(typed, _NAMES, usage=USAGE, repeatable=_REPEATABLE, flags=_FLAGS)
    people = [name for names in options.get("notify", ()) for name in names.split(",") if name]
    ids = [found["id"] for name in people if (found := _PERSON.fullmatch(name))]
    read = RunOptions(
        sql="",
        project=_last(options.get("project")),
        priority=_priority(_last(options.get("priority"))),
        quota=_quota(_last(options.get("quota"))),
        interactive=_interactive(options),
        hints=_typed_hints(options.get("hint", ())),
        notify=tuple(dict.fromkeys(ids))[:MOST_NOTIFIED],
        unknown_people=tuple(name for name in people if not _PERSON.fullmatch(name)),
    )
    return read, rest


def parse_hints(lines: Iterable[str]) -> dict[str, str]:
    """Return the settings, one a line; `set k=v;` is one too. Raises BadHintError."""
    hints: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text:
            continue
        setting = parse_typed_setting(text)
        if setting is None:
            raise BadHintError(f"Line {number} isn't key=value: {text[:60]}")
        hints[setting.key] = setting.value
    if len(hints) > MOST_HINTS:
        raise BadHintError(f"Use at most {MOST_HINTS} settings.")
    return hints


def is_quota(name: str) -> bool:
    """Return whether this can be the name of a quota."""
    return _QUOTA.fullmatch(name) is not None


def _last(values: tuple[str, ...] | None) -> str | None:
    return values[-1] if values else None


def _interactive(options: Options) -> bool | None:
    chosen = [name for name in ("interactive", "no-interactive") if name in options]
    if len(chosen) > 1:
        message = "Use either `--interactive` or `--no-interactive`. Nothing was submitted."
        raise UsageError(message, usage=USAGE)
    return chosen == ["interactive"] if chosen else None


def _typed_hints(typed: tuple[str, ...]) -> dict[str, str]:
    for hint in typed:
        if parse_typed_setting(hint) is None:
            raise UsageError(
                f"{t.code('--hint ' + hint, limit=60)} isn't `--hint key=value`. Nothing was"
                " submitted.",
                usage=USAGE,
            )
    try:
        return parse_hints(typed)
    except BadHintError as error:
        raise UsageError(f"{t.escape(str(error))} Nothing was submitted.", usage=USAGE) from error


def _priority(typed: str | None) -> int | None:
    if typed is None:
        return None
    is_short = len(typed) <= LONGEST_PRIORITY and typed.isascii() and typed.isdecimal()
    if not is_short or int(typed) not in PRIORITIES:
        raise UsageError(
            f"{t.code(typed, limit=40)} isn't a priority. Use a number from {PRIORITIES[0]}"
            f" (highest) to {PRIORITIES[-1]} (lowest). Nothing was submitted.",
            usage=USAGE,
        )
    return int(typed)


def _quota(typed: str | None) -> str:
    if typed is not None and not is_quota(typed):
        raise UsageError(
            f"{t.code(typed, limit=40)} isn't a quota name. Nothing was submitted.", usage=USAGE
        )
    return typed or ""
