"""How a text begins: whether there is a statement, and whether it looks like SQL. Pure."""

import re

from odps_bot.sql.keywords import BEGINNINGS, WRITING, words
from odps_bot.sql.statements import COMMENT, cut

#: The words by which SQL is known where a verb, or nothing, was expected.
STATEMENT_WORDS = words(
    "alter analyze call create delete desc describe drop from grant insert load merge msck read"
    " revoke select set show truncate unload update with"
)

#: All words that a statement of MaxCompute's may begin with, many of which are words of prose, too.
_VERBS = STATEMENT_WORDS | BEGINNINGS | WRITING | words("begin cache declare recover uncache")

#: A variable, an embedded script, or a name that stands for a word.
_OTHER_BEGINNINGS = ("@", "#", "${")

_NOTHING = re.compile(rf"(?: [ \t\r\n;] | {COMMENT} )*+", re.VERBOSE | re.DOTALL)
_FIRST_WORD = re.compile(r"[(\s]*([a-z]+)\b", re.IGNORECASE)


def looks_like_sql(text: str) -> bool:
    """Return whether the text begins as statements do; prose may, too."""
    return first_word(text) in STATEMENT_WORDS


def begins_with_a_verb(text: str) -> bool:
    """Return whether the first statement begins with a word that begins MaxCompute's statements.

    Settings are passed over, and so is a text that holds nothing else.
    """
    bare = next((part.bare for part in cut(text) if part.bare and part.setting is None), None)
    if bare is None or bare.lstrip("( \t\r\n").startswith(_OTHER_BEGINNINGS):
        return True
    # What only looks like a verb is refused for that, with the reason.
    found = _FIRST_WORD.match(bare.casefold())
    return found is not None and found[1] in _VERBS


def has_statement(sql: str) -> bool:
    """Return whether there is more in `sql` than comments, spaces and semicolons."""
    nothing = _NOTHING.match(sql)
    return nothing is not None and nothing.end() < len(sql)


def first_word(sql: str) -> str:
    """Return the first word behind comments, `set …;` and brackets, in lower case.

    Of prose it is the first word, too. Empty where something else stands there.
    """
    for statement in cut(sql):
        found = _FIRST_WORD.match(statement.bare)
        word = found[1].lower() if found else ""
        if statement.bare and (word != "set" or not statement.is_closed):
            return word
    return ""
