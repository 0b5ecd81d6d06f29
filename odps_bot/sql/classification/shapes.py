"""Statements that ask about tables, rights and jobs: each has a shape of its own. Pure.

Sources: rules `showStatement`, `descStatement`, `listStatement` and those of authorization in
OdpsParser.g4 and CommandParser.g4 of aliyun/aliyun-odps-java-sdk.
"""

import re
from collections.abc import Sequence

from odps_bot.sql.statements import Kind, Token

# A statement is matched as its words in lower case with one blank between all tokens; a name in
# back-ticks is `q`, a string `'`, a number `0`.
_WORD = r"[^\s'(),.;=:*@$-]+"
_NAME = rf"{_WORD}(?: \. {_WORD}){{0,2}}"
_LITERAL = r"(?:- )?(?:'|0)"
_PARTITION = rf"partition \( {_WORD} = {_LITERAL}(?: , {_WORD} = {_LITERAL})* \)"
_IN = rf"(?: (?:in|from) {_NAME})?"
_LIKE = rf"(?: (?:like )?(?:'|{_WORD}))?"
_PART = r"[^\s'(),;=.:@-]+"
_WHO = rf"(?:(?:user|role|group) )?{_PART}(?: [.:-] {_PART}| @{_PART})*"
_DATE = r"(?:'|0(?: - 0){0,2})"
_DESCRIBED = "table|view|schema|role|function|project|package|instance|model"

_SHAPES = (
    rf"show (?:tables|views|materialized views|external tables){_IN}{_LIKE}",
    rf"show (?:functions|schemas|models){_IN}{_LIKE}",
    # https://www.alibabacloud.com/help/doc-detail/137574.htm
    rf"show builtin functions{_LIKE}",
    rf"show (?:formatted )?(?:index|indexes) on {_NAME}{_IN}",
    rf"show (?:databases|projects){_LIKE}",
    rf"show columns (?:in|from) {_NAME}{_IN}",
    rf"show partitions {_NAME}(?: {_PARTITION})?",
    rf"show create (?:table|view|materialized view) {_NAME}",
    rf"show table extended{_IN} like (?:'|{_WORD})(?: {_PARTITION})?",
    rf"show tblproperties {_NAME}(?: \( ' \))?",
    rf"show (?:history|changelogs) for (?:tables|(?:table )?{_NAME}(?: {_PARTITION})?(?: 0)?)",
    rf"show (?:p|instances|proc|processlist)(?: from {_DATE})?(?: to {_DATE})?(?: 0)?",
    rf"show recyclebin{_IN}",
    rf"show statistic {_NAME}(?: {_PARTITION})?(?: columns(?: \( {_WORD}(?: , {_WORD})* \))?)?",
    rf"show statistic_list(?: {_NAME})?",
    r"show (?:flags|variables|compactions|transactions)",
    r"show (?:roles|current roles|packages|securityconfiguration)",
    rf"show package {_NAME}",
    rf"show (?:grant|grants)(?: (?:for )?{_WHO})?(?: on (?:type )?(?:table )?{_NAME})?",
    rf"show acl for {_NAME}(?: on type {_WORD})?",
    rf"show label(?: 0)? grants(?: (?:on table {_NAME})?(?: ?for (?:table )?{_WHO})?)?",
    rf"show principals(?: for)?(?: role)? {_WORD}",
    rf"(?:desc|describe)(?: extended| formatted)? {_NAME}(?: {_PARTITION})?",
    rf"(?:desc|describe) (?:{_DESCRIBED})(?: extended)? {_NAME}",
    r"list (?:tenant )?(?:users|roles|groups)",
    r"list (?:projects|jobs|resources|functions|tables|packages|temporary output)",
    r"list (?:accountproviders|trustedprojects)",
    rf"read {_NAME}(?: \( {_WORD}(?: , {_WORD})* \))?(?: {_PARTITION})?(?: 0)?",
    rf"count {_NAME}(?: {_PARTITION})?",
    rf"status {_WORD}",
    r"get policy(?: on role \S+)?",
    r"whoami",
)

_ANY_SHAPE = re.compile("|".join(f"(?:{shape})" for shape in _SHAPES))

_SHAPE_OF = {Kind.NAME: "q", Kind.STRING: "'", Kind.NUMBER: "0"}

_MOST_TOKENS = 100

#: What these statements begin with.
VERBS = frozenset({"show", "desc", "describe", "list", "read", "count", "status", "get", "whoami"})


def is_inquiry(tokens: Sequence[Token]) -> bool:
    """Return whether the statement is one of those that only ask."""
    if len(tokens) > _MOST_TOKENS:
        return False
    return _ANY_SHAPE.fullmatch(" ".join(map(_shape, tokens))) is not None


def _shape(token: Token) -> str:
    return token.word if token.kind is Kind.WORD else _SHAPE_OF.get(token.kind, token.text)
