"""What to say about a word that a command doesn't know: the words that were probably meant. Pure.

Only what the person may see is passed in as known: a suggestion must not name a hidden project.
"""

from collections.abc import Iterable

from odps_bot.errors import UsageError
from odps_bot.messages import text as t
from odps_bot.spelling import close_words

QUOTED_CHARACTERS = 40


def unknown_word(typed: str, known: Iterable[str], *, usage: str, end: str = "") -> UsageError:
    """Return the error for a word that isn't one of a command's; `end` says what was not done."""
    sentence = f"I don't know {t.code(typed, limit=QUOTED_CHARACTERS)}.{suggestion(typed, known)}"
    return UsageError(f"{sentence} {end}".rstrip(), usage=usage)


def suggestion(typed: str, known: Iterable[str]) -> str:
    """Return a sentence that begins with a space: which known words are near; empty if none is."""
    near = [word for word in close_words(typed, known) if word != typed]
    return f" Did you mean {' or '.join(map(t.code, near))}?" if near else ""
