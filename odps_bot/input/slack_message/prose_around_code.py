"""Whether the prose beside code could belong to the statement in the code. Pure.

A statement without the words beside it may do what the whole was written to prevent. So prose is
known to be prose only where it neither touches the code like SQL nor holds SQL itself.
"""

import re

from odps_bot.input.slack_message.pieces import is_blank, is_invisible

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

#: Addresses hold many marks that mean nothing here.
_LINK = re.compile(r"<?\bhttps?://[^\s<>|]+(?:\|[^<>\n]*)?>?", re.IGNORECASE)

#: Text that mrkdwn shows as bold, italic or struck through.
_STYLED = re.compile(r"(?<![\w*/])([*_~])(?=\S)([^\n]{0,200}?\S)\1(?![\w*/])")

#: Prose before code in a line that leads up to it, at its end.
_LEADS_UP = re.compile(rf"(?:(?<![^\W_])(?:{_BEFORE})[\s_]*|{_MARKS}\s*)\Z", re.IGNORECASE)

#: Prose before a block that leads up to it: few sentences end so.
_LEADS_UP_TO_BLOCK = re.compile(
    r"(?<![^\W_])(?:explain|cost\s+sql|(?:do|where|and|or)\s+not|union(?:\s+(?:all|distinct))?"
    r"|(?:from|join|in|exists|as|using|overwrite)\s*\()[\s_:]*\Z",
    re.IGNORECASE,
)

#: The same, behind a query in the same line.
_LEADS_UP_BEHIND_QUERY = re.compile(
    r"\b(?:intersect|except|minus)(?:\s+(?:all|distinct))?[\s_:]*\Z", re.IGNORECASE
)
_FROM = re.compile(r"\bfrom\b", re.IGNORECASE)

_OPERAND = r"\(*(?:not\s+)?\(*(?:'[^'\n]*'|[\w.]+(?:\([^()\n]*\))?)"
_OPERATOR = (
    r"(?:=(?!>)|[<>!]=|<>|<(?!-)|(?<![-=])>|[\u2260\u2264\u2265]"
    r"|\b(?:not\s+)?(?:in\s*\(|r?like\s+['\"]|between\s+\S+\s+and\b)"
    r"|\bis\s+(?:not\s+)?null\b)"
)
_CONDITION = (
    rf"(?<![^\W_])(?:where|having|and|or|on|when|qualify)\b[\s_]*(?:{_OPERAND}\s*{_OPERATOR}"
    rf"|(?:not\s+)?exists\s*\()|(?<![^\W_])(?:where|having)\b[^\n]{{0,200}}?{_OPERATOR}"
)

#: What is a clause by its shape, where prose only shares its first word.
_CLAUSE = (
    rf"{_CONDITION}|(?:and|or|on|when|qualify)\b[^\n]{{0,200}}?{_OPERATOR}"
    r"|(?:where|having)\s+(?:not\s+)?[\w.]+[\s;)\]]*$"
    r"|(?:where|having|and|or)\s+(?:not\s+)?[\w.]*_[\w.]*[\s;)\]]*$"
    r"|limit\s+\d|offset\s+\d|(?:group|order|sort|cluster|distribute|zorder|partitioned)\s+by\b"
    r"|(?:union|intersect|except|minus)\s+(?:all\b|distinct\b|select\b|\()"
    r"|(?:left|right|full|inner|cross|natural)\s+(?:(?:outer|semi|anti)\s+)?join\b"
    r"|join\s+[\w.]+(?:\s+(?:as\s+)?\w+)?\s+(?:on|using)\b|lateral\s+view\b"
    r"|window\s+\w+\s+as\s*\(|qualify\s+\w+\s*\(|when\s+(?:not\s+)?matched\b"
    r"|(?:partition|tablesample|values|using|in|not\s+in)\s*\(|values\s+\w+\s*\(|set\s+[\w.]+\s*="
    r"|(?:then|else)\b.*\bend\b|is\s+(?:not\s+)?null\b|(?:not\s+)?r?like\s+['\"]"
    r"|(?:not\s+)?between\s+\S+\s+and\b|(?:not\s+)?exists\s*\("
    r"|[\w.]+(?:\s*,\s*[\w.]+)*\s+from\s+[\w.]+[\s;]*$"
)

#: Prose after code that continues it by its shape, perhaps after a comma or a bracket.
_GOES_ON_AS_CLAUSE = re.compile(
    rf"\A[\s_:.,;()\[\]{{}}\u2013\u2014\u2026>*~\-]*(?:{_CLAUSE})"
    r"|\A(?:(?:=(?!>)|[<>!]=|<>|[<>+]|\|\|)\s*['\"\w(]|[-*/%]\s*\d|\.\w)",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)

#: Prose after code in a line that continues it by its first word; a dot continues a name.
_GOES_ON = re.compile(
    r"\A[\s_:\u2013\u2014\u2026]*(?:\.{2,}\s*)?"
    rf"(?:(?:{_BEHIND})(?![^\W_])|in\s*\(|[={{}}<>+*/%|&~\\]|!=|\.\w)",
    re.IGNORECASE | re.DOTALL,
)

#: Code that wants something behind it.
_WANTS_MORE = re.compile(rf"(?:\b(?:{_BEFORE})|[,(=<>+/|])\s*\Z", re.IGNORECASE)

#: Code that wants a query behind it unless it has one, or a table.
_TAKES_QUERY = re.compile(r"\A\s*(?:insert|with|create)\b", re.IGNORECASE)
_HAS_QUERY = re.compile(r"\b(?:select|values)\b", re.IGNORECASE)
_QUERY = re.compile(r"\A[\s_:(]*(?:select|from|with|values)\b", re.IGNORECASE)
_SELECT_ALONE = re.compile(r"\A\s*select\b(?!.*\bfrom\b)", re.IGNORECASE | re.DOTALL)
_TABLE = re.compile(r"\A[\s_:]*from\s+[\w.]+", re.IGNORECASE)

_COMMENT = r"(?:^|(?<=\s))(?:--|/\*)|\*/|\bset\s+[\w.]+\s*=|\binsert\s+(?:into|overwrite)\b"
_DEFINES = (
    r"(?:delete\s+from|drop\s+(?:table|view)|create\s+(?:or\s+replace\s+)?(?:table|view)"
    r"|merge\s+into)\b"
)

#: Prose beside code in a line that is SQL anywhere: comments and parts of statements.
_IS_SQL = re.compile(
    rf"{_COMMENT}|;[^\S\n]*$|\b\w+\s+as\s*\(|\b{_DEFINES}"
    rf"|\bselect\b.{{0,200}}\bfrom\b|{_CONDITION}",
    re.IGNORECASE | re.MULTILINE,
)

#: Prose beside a block that is SQL anywhere.
_IS_SQL_BESIDE_BLOCK = re.compile(
    rf"{_COMMENT}|\bwith\s+\w+\s*(?:\([^()]*\)\s*)?as\s*\(|(?:^|;)\s*{_DEFINES}|{_CONDITION}",
    re.IGNORECASE | re.MULTILINE,
)

#: What a line's `--` becomes while somebody types.
_TYPED_COMMENT = re.compile(r"^[^\S\n]*\u2014", re.MULTILINE)


def wants_more(code: str) -> bool:
    """Return whether the code ends in the midst of a statement, as with `and` or a comma."""
    return bool(_WANTS_MORE.search(code))


def wants_query(code: str) -> bool:
    """Return whether the code wants a query behind it, as `insert into t` does."""
    behind_brackets = code[code.rfind(")") + 1 :]
    return bool(_TAKES_QUERY.match(code)) and not _HAS_QUERY.search(behind_brackets)


def could_belong(
    code: str,
    *,
    before: str,
    behind: str,
    is_behind_block: bool = False,
    is_before_block: bool = False,
) -> bool:
    """Return whether the prose before or behind the code could belong to its statement.

    Beside a block of code, a word or mark that SQL and prose share is taken for prose: there, SQL
    is known by the shape of its clauses. `is_before_block` is about the prose before the code.
    """
    before, behind = map(_plain, (before, behind))
    return (
        bool(before and behind and before[-1] == behind[0] == "~")
        or bool(before and _leads_up(before, is_block=is_before_block))
        or bool(behind and (wants_more(code) or _goes_on(code, behind, is_block=is_behind_block)))
    )


def _plain(prose: str) -> str:
    """Return the prose without styles, and with a word for each mention and address."""
    if is_blank(prose):
        return ""
    named = _LINK.sub("link", _MENTION.sub("@", prose.strip()))
    return _STYLED.sub(r"\2", named)


def _leads_up(before: str, *, is_block: bool) -> bool:
    if is_invisible(before[-1]):
        return True
    if is_block:
        return bool(
            _LEADS_UP_TO_BLOCK.search(before)
            or _leads_up_behind_query(before)
            or _IS_SQL_BESIDE_BLOCK.search(before)
        )
    patterns = (_LEADS_UP, _IS_SQL, _TYPED_COMMENT)
    return any(pattern.search(before) for pattern in patterns)


def _leads_up_behind_query(before: str) -> bool:
    found = _LEADS_UP_BEHIND_QUERY.search(before)
    line = before[: found.start()].rpartition("\n")[2] if found else ""
    return bool(_FROM.search(line))


def _goes_on(code: str, behind: str, *, is_block: bool) -> bool:
    if is_invisible(behind[0]) or _GOES_ON_AS_CLAUSE.search(behind):
        return True
    if not is_block:
        return bool(_GOES_ON.match(behind) or _IS_SQL.search(behind))
    return bool(
        _IS_SQL_BESIDE_BLOCK.search(behind)
        or (wants_query(code) and _QUERY.match(behind))
        or (_SELECT_ALONE.match(code) and _TABLE.match(behind))
    )
