"""The verb of what was typed, however it is decorated, and the nearest that we know. Pure."""

import difflib
import re
from collections.abc import Collection

from odps_bot.errors import UsageError
from odps_bot.input.options import split_word
from odps_bot.messages import text as t
from odps_bot.sql.beginnings import STATEMENT_WORDS

#: Verbs that people know from elsewhere; only suggested, so that only what was typed is run.
_MEANT = {
    "stop": "abort cancel kill terminate",
    "list": "ls ps jobs",
    "logview": "log logs",
    "cost": "explain estimate price",
    "run": "exec execute query sql submit",
    "watch": "follow",
    "rerun": "retry repeat",
    "history": "past durations duration trend baseline usual",
    "edit": "change correct fix modify",
    "result": "output results",
    "status": "info",
    "xflow": "tree",
    "why": "slow stuck diagnose diagnosis reason cause",
    "unsubscribe": "mute",
}
ALIASES = {alias: verb for verb, aliases in _MEANT.items() for alias in aliases.split()}

#: Beginnings of SQL that are seen under a misspelling; others are too like small talk (`great`).
SQL_VERBS = ("create", "delete", "describe", "insert", "select", "truncate", "update")

#: At least so like one of them: a letter is missing, or two are swapped.
_CLOSE = 0.8

#: What people say to begin or end with; some are like a verb (`hello`, `ok`).
_SMALL_TALK = frozenset(
    {"hello", "hallo", "helo", "hi", "hey", "yo", "good", "thanks", "thank", "thx", "ok", "okay"}
    | {"test", "ping", "what", "who", "how", "are", "is", "can"}
)

#: How the bot itself is called by people who say it twice.
_OURSELVES = frozenset({"/odps", "odps", "@odps"})


class UnknownVerbError(UsageError):
    """There is no such command; `nearest` is the one that was probably meant.

    What is neither near to one nor SQL is small talk, where people just talk to us.
    """

    def __init__(
        self, message: str, *, usage: str, nearest: str | None, is_small_talk: bool
    ) -> None:
        super().__init__(message, usage=usage)
        self.nearest = nearest
        self.is_small_talk = is_small_talk


def split_verb(text: str) -> tuple[str, str]:
    """Return the verb as it was typed, and the rest: `/odps /odps run x` is `run` and `x`."""
    verb, rest = split_word(text)
    while verb.lower().strip("`*_,:") in _OURSELVES:
        verb, rest = split_word(rest)
    return verb, rest


def bare(verb: str) -> str:
    """Return the verb without decoration, in lower case."""
    return verb.lower().strip("`*_.,:;!?")


def unknown_verb(verb: str, known: Collection[str], *, usage: str) -> UnknownVerbError:
    """Return the error for an unknown verb, with the one that was probably meant."""
    name = bare(verb)
    # SQL without a verb isn't a misspelled verb: `select` and `sleect` look like `reject`.
    is_sql = name in STATEMENT_WORDS or bool(
        difflib.get_close_matches(name, SQL_VERBS, n=1, cutoff=_CLOSE)
    )
    nearest = None if is_sql or name in _SMALL_TALK else _nearest(name, known)
    hint = f" Did you mean {t.code('/odps ' + nearest)}?" if nearest else ""
    if is_sql:
        hint = " To run SQL, type `/odps run SELECT …`."
    elif re.fullmatch(r"r\d+", name):
        hint = f" To see a run, type `/odps status {name}`."
    return UnknownVerbError(
        f"There is no command {t.code(verb[:40])}.{hint} Nothing was submitted.",
        usage=usage,
        nearest=nearest,
        is_small_talk=not hint,
    )


def _nearest(name: str, known: Collection[str]) -> str | None:
    if ALIASES.get(name) in known:
        return ALIASES[name]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return near[0] if near else None
