"""Whether the prose beside code could belong to the statement in the code. Pure.

A statement without the words beside it may do what the whole was written to prevent. So prose is
known to be prose only where it neither touches the code like SQL nor holds SQL itself.
"""

import re
import unicodedata

#: Characters that show nothing and are neither spaces nor of the categories below.
_FILLERS = "\u034f\u115f\u1160\u2800\u3164\uffa0"

_CLAUSES = (
    "and|or|not|select|set|on|using|when|lateral|qualify|window|sort|limit|group|order|cluster"
    "|distribute|zorder|union|intersect|except|minus|from|join|where|having|values|with|as|like"
    "|rlike|between|into|overwrite|partition|exists|all|distinct|else"
)
_BEFORE = (
    rf"{_CLAUSES}|by|explain|cost\s+sql|table|view|insert|delete|update|merge|drop|truncate|alter"
    "|create|grant|revoke|rename|if\\s+exists"
)
_BEHIND = (
    rf"{_CLAUSES}|offset|tablesample|explain|inner|full|cross|natural|anti|semi|is\s+(?:not\s+)?null"
    r"|(?:left|right)\s+(?:\w+\s+)?join|then\b.*\bend"
)
_MARKS = r"[,;()\[\]{}=<>+\-*/%|&^~\\'\"\u2018\u2019\u201c\u201d]"

#: A mention, as it is shown where its name is not known.
_MENTION = re.compile(r"<[@#!][^<>]*>")

#: Prose before code that leads up to it, as it stands at its end.
_LEADS_UP = re.compile(rf"(?:(?<![^\W_])(?:{_BEFORE})[\s_]*|{_MARKS}\s*)\Z", re.IGNORECASE)

#: Prose behind code that goes on with it; a dot goes on with a name.
_GOES_ON = re.compile(
    r"\A[\s_:\u2013\u2014\u2026]*(?:\.{2,}\s*)?"
    rf"(?:(?:{_BEHIND})(?![^\W_])|in\s*\(|{_MARKS}|!=|\.\w)",
    re.IGNORECASE | re.DOTALL,
)

#: Code that wants something behind it.
_WANTS_MORE = re.compile(rf"(?:\b(?:{_BEFORE})|[,(=<>+/|])\s*\Z", re.IGNORECASE)

#: Prose that is SQL wherever it stands: comments and parts of statements.
_IS_SQL = re.compile(
    r"--|/\*|\*/|^[^\S\n]*\u2014|;[^\S\n]*$|\bset\s+[\w.]+\s*=|\b\w+\s+as\s*\("
    r"|\binsert\s+(?:into|overwrite)\b|\bdelete\s+from\b|\bdrop\s+(?:table|view)\b"
    r"|\bcreate\s+(?:or\s+replace\s+)?(?:table|view)\b|\bselect\b.{0,200}\bfrom\b"
    r"|\bwhere\s+[\w.]+\s*(?:[=<>!]|in\b|is\b|like\b|between\b)",
    re.IGNORECASE | re.MULTILINE,
)


def is_invisible(char: str) -> bool:
    """Return whether nothing is to be seen of the character, and it is no space."""
    is_hidden = unicodedata.category(char) in {"Cf", "Cc", "Cn", "Co"} or char in _FILLERS
    return is_hidden and not char.isspace()


def is_blank(text: str) -> bool:
    """Return whether nothing is to be seen of the text."""
    return all(char.isspace() or is_invisible(char) for char in text)


def wants_more(code: str) -> bool:
    """Return whether the code ends in the midst of a statement, as with `and` or a comma."""
    return bool(_WANTS_MORE.search(code))


def could_belong(code: str, *, before: str, behind: str) -> bool:
    """Return whether the prose before or behind the code could belong to its statement."""
    before, behind = (
        "" if is_blank(prose) else _MENTION.sub("@", prose.strip()) for prose in (before, behind)
    )
    return (
        bool(before and (is_invisible(before[-1]) or _LEADS_UP.search(before)))
        or bool(behind and (is_invisible(behind[0]) or _GOES_ON.match(behind)))
        or bool(behind and wants_more(code))
        or any(map(_IS_SQL.search, (before, behind)))
    )
