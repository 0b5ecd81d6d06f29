"""Which runs are to be stopped together, as it was typed behind `/odps stop`. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from odps_bot.errors import UsageError
from odps_bot.input.did_you_mean import unknown_word
from odps_bot.input.spans import read_span
from odps_bot.messages import text as t
from odps_bot.policy.bulk_stop import StopChoice
from odps_bot.spelling import close_words

USAGE = "/odps stop [ID / mine / channel / project P] [running / queued] [older 2h] [owner @WHO]"

_ALIASES = {
    **dict.fromkeys(("mine", "my", "me"), "mine"),
    **dict.fromkeys(("channel", "here"), "channel"),
    **dict.fromkeys(("project", "--project", "-p"), "project"),
    **dict.fromkeys(("running", "active"), "running"),
    **dict.fromkeys(("queued", "waiting"), "queued"),
    **dict.fromkeys(("older", "over", "longer"), "older"),
    **dict.fromkeys(("owner", "owners", "by", "--owner"), "owner"),
}
#: Words that mean nothing without the one behind them.
_WITH_VALUE = frozenset({"project", "older", "owner"})
_FILLERS = frozenset({"all", "and", "for", "from", "in", "jobs", "of", "runs", "than", "the"})
_WORDS = ("mine", "channel", "project", "running", "queued", "older", "owner")
_PERSON = re.compile(r"<@(?P<id>[A-Z0-9]{2,30})(?:\|[^<>]*)?>")

NOTHING_STOPPED = "Nothing was stopped."
LONGEST = timedelta(days=30)
MOST_OWNERS = 20
OWNER_CHARACTERS = 128


def names_several(text: str) -> bool:
    """Return whether the text describes runs, rather than naming one: it has a word for them.

    A mistyped one is one, too: nobody called a run `chanel`.
    """
    words = [_bare(word) for word in _split(text)]
    if any(word in _ALIASES or word in _FILLERS for word in words):
        return True
    return bool(words) and bool(close_words(words[0], _WORDS))


def read_stop_choice(text: str, *, user_id: str) -> StopChoice:
    """Return which runs were asked for; the words can come in any order.

    `user_id` is who `owner me` is. Raises UsageError for what can't be understood.
    """
    reading = _Reading(user_id)
    words = iter(_split(text))
    for word in words:
        reading.read(word, words)
    choice = reading.choice
    if not choice.has_scope and not (choice.owners or choice.accounts):
        raise UsageError(
            f"Whose runs? Say `mine`, `channel` or `project P`. {NOTHING_STOPPED}", usage=USAGE
        )
    if not choice.has_scope:
        # Somebody's runs are those that are seen here, unless a project is named.
        choice = replace(choice, is_channel=True)
    return choice


def with_owner(text: str, name: str, *, user_id: str) -> str:
    """Return the text with the person in place of a name that nobody could place."""
    kept: list[str] = []
    words = iter(_split(text))
    for word in words:
        what = _ALIASES.get(_bare(word))
        value = _value(word, words) if what in _WITH_VALUE else ""
        is_meant = what == "owner" or (what is None and word.startswith("@"))
        if not (is_meant and _account(value or word) == name):
            kept += filter(None, (word, value))
    return " ".join([*kept, "owner", f"<@{user_id}>"])


def _split(text: str) -> list[str]:
    assigned = re.sub(r"\b(project|owner|older)[=:]", r"\1 ", text, flags=re.IGNORECASE)
    words = (word.strip("`'\",;.") for word in assigned.split())
    return [word for word in words if word]


def _bare(word: str) -> str:
    return word.lower().replace("\u2014", "--").replace("\u2013", "--")


@dataclass
class _Reading:
    """What has been read so far."""

    user_id: str
    choice: StopChoice = field(default_factory=StopChoice)

    def read(self, word: str, words_after: Iterator[str]) -> None:
        """Read one more word, with its value if it has one. Raises UsageError."""
        match _ALIASES.get(_bare(word)):
            case "mine":
                self.choice = replace(self.choice, is_mine=True)
            case "channel":
                self.choice = replace(self.choice, is_channel=True)
            case "project":
                self._set("project", _value(word, words_after).strip("*"), word)
            case "running" | "queued" as phase:
                self._set("phase", phase, word)
            case "older":
                self._set("older", _age(_value(word, words_after)), word)
            case "owner":
                self._add_owner(_value(word, words_after))
            case _ if word.startswith(("@", "<@")):
                self._add_owner(word)
            case _ if _bare(word) not in _FILLERS:
                raise unknown_word(word, _WORDS, usage=USAGE, end=NOTHING_STOPPED)

    def _set(self, what: str, value: object, word: str) -> None:
        if getattr(self.choice, what) not in {None, value}:
            raise UsageError(
                f"Say {t.code(word, limit=40)} once, with one value. {NOTHING_STOPPED}", usage=USAGE
            )
        self.choice = replace(self.choice, **{what: value})  # type: ignore[arg-type]  # by name

    def _add_owner(self, word: str) -> None:
        found = _PERSON.fullmatch(word)
        name = _account(word)
        if found or name == "me":
            one = found["id"] if found else self.user_id
            self.choice = replace(self.choice, owners=(*self.choice.owners, one)[:MOST_OWNERS])
        else:
            accounts = (*self.choice.accounts, name)[:MOST_OWNERS]
            self.choice = replace(self.choice, accounts=accounts)


def _account(word: str) -> str:
    return word.lstrip("@").lower()[:OWNER_CHARACTERS]


def _value(word: str, words_after: Iterator[str]) -> str:
    """Return the word that follows; `than` between them is nothing."""
    value = next((one for one in words_after if _bare(one) not in {"than", "the"}), "")
    if not value:
        what = t.code(word, limit=40)
        raise UsageError(f"{what} needs a value behind it. {NOTHING_STOPPED}", usage=USAGE)
    return value


def _age(word: str) -> timedelta:
    # Subscriptions take a bare number for minutes; what stops jobs does not guess.
    age = None if word.isdecimal() else read_span(word)
    if age is None or age > LONGEST:
        raise UsageError(
            f"{t.code(word, limit=40)} isn't a span of time up to 30 days, such as `30m`, `2h` or"
            f" `1d`. {NOTHING_STOPPED}",
            usage=USAGE,
        )
    return age
