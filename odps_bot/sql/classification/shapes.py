"""Statements that ask about tables, rights and jobs: each has a shape of its own. Pure.

Sources: rules `showStatement`, `descStatement`, `listStatement` and those of authorization in
OdpsParser.g4 and CommandParser.g4 of aliyun/aliyun-odps-java-sdk.
"""

import re
from collections.abc import Sequence

from odps_bot.sql.keywords import words
from odps_bot.sql.statements import Kind, Token

# A statement is matched as its words in lower case with one blank between all tokens; a name in
# back-ticks is `q`, a string `'`, a number `0`.
_WORD = r"[^\s'(),.;=:*@$-]+"
_NAME = rf"{_WORD}(?: \. {_WORD}){{0,2}}"
_LITERAL = r"(?:- )?(?:'|0)"
_PARTITION = rf"partition \( {_WORD} = {_LITERAL}(?: , {_WORD} = {_LITERAL})* \)"
_IN = rf"(?: (?:in|from) {_NAME})?"
_LIKE = rf"(?: (?:like )?(?:'|{_WORD}(?: %)?))?"
_PART = r"[^\s'(),;=.:@-]+"
_WHO = rf"(?:(?:tenant )?(?:user|role|group) )?{_PART}(?: [.:-] {_PART}| @{_PART})*"
_DATE = r"(?:'|0(?: - 0){0,2})"
_DESCRIBED = (
    "table|view|schema|role|tenant role|function|project|package|instance|model|stream|task"
    "|resource|offlinemodel|xflow instance|cupid instance"
)
_VALUE = rf"(?:{_PART}(?: @{_PART}(?: \. {_PART})*)?|0|')"
_OPTIONS = rf"(?: - {_PART}(?: {_VALUE})?)*"
_PROPERTIES = r"(?: privilegeproperties \( ' = '(?: , ' = ')* \))?"
_COLUMNS = rf"columns(?: \( {_WORD}(?: , {_WORD})* \))?"

_SHAPES = (
    # Tables, views, functions and what else has a definition.
    rf"show (?:tables|views|materialized views|external tables){_IN}{_LIKE}",
    rf"show (?:functions|schemas|models|streams|tasks){_IN}{_LIKE}",
    # https://www.alibabacloud.com/help/doc-detail/137574.htm
    rf"show builtin functions{_LIKE}",
    rf"show (?:formatted )?(?:index|indexes) on {_NAME}{_IN}",
    rf"show (?:databases|projects){_LIKE}",
    rf"show columns (?:in|from) {_NAME}{_IN}",
    rf"show partitions {_NAME}(?: {_PARTITION})?",
    rf"show create (?:table|view|materialized view) {_NAME}",
    rf"show table extended{_IN} like (?:'|{_WORD})(?: {_PARTITION})?",
    rf"show tblproperties {_NAME}(?: \( ' \))?",
    r"show history for tables",
    rf"show history for task {_NAME}",
    rf"show history for (?:table )?{_NAME}(?: \( ' = ' \))?(?: {_PARTITION})?(?: 0)?",
    rf"(?:show|desc|describe) changelogs for (?:table )?{_NAME}(?: {_PARTITION})?(?: 0)?",
    rf"show recyclebin{_IN}",
    rf"show statistic {_NAME}(?: {_PARTITION})?(?: {_COLUMNS})?",
    rf"show statistic_list(?: {_NAME})?",
    rf"show locks(?: {_NAME}(?: {_PARTITION})?)?(?: extended)?",
    r"show (?:compactions|transactions|conf ')",
    rf"(?:desc|describe)(?: extended| formatted)? {_NAME}(?: {_PARTITION})?",
    rf"(?:desc|describe)(?: extended)? @{_WORD}",
    rf"(?:desc|describe) (?:{_DESCRIBED})(?: extended| - extended)? {_NAME}",
    rf"(?:desc|describe) cupid instance - i {_WORD}",
    rf"read {_NAME}(?: \( {_WORD}(?: , {_WORD})* \))?(?: {_PARTITION})?(?: 0)?",
    rf"count {_NAME}(?: {_PARTITION})?",
    # Rights.
    r"show (?:roles|current roles|securityconfiguration)",
    rf"show packages(?: with (?:table|function|resource) {_NAME})?{_PROPERTIES}",
    rf"show package {_NAME}",
    rf"show package items(?: from {_WORD})?(?: on type {_WORD})?",
    rf"show grants?(?: (?:for )?{_WHO})?(?: on (?:type )?(?:table )?{_NAME})?{_PROPERTIES}",
    rf"show role grant {_WHO}",
    rf"show priv for {_WHO}",
    rf"show acl for {_NAME}(?: on type {_WORD})?",
    rf"show label(?: 0)? grants(?: (?:on table {_NAME})?(?: ?for (?:table )?{_WHO})?)?",
    rf"show principals(?: for)?(?:(?: tenant)? role)? {_WORD}",
    rf"(?:desc|describe) package items (?:table|function|resource) {_NAME}(?: from {_WORD})?",
    rf"(?:desc|describe) row access policy {_WORD} on {_NAME}",
    rf"list row access policy on {_NAME}",
    r"list data masking policy",
    r"list (?:tenant )?(?:users|roles|groups)",
    rf"list groups for user {_WHO}",
    r"list (?:accountproviders|trustedprojects)",
    r"get (?:policy(?: on role \S+)?|security policy)",
    r"whoami",
    # Jobs, settings, and what else the client odpscmd looks at.
    rf"show (?:p|instances|proc|processlist)(?: from {_DATE})?(?: to {_DATE})?(?: 0|{_OPTIONS})",
    rf"show job '(?: from {_DATE} to {_DATE})?",
    rf"show (?:flags|version|automvmeta|variables{_LIKE})",
    rf"show (?:xflows|offlinemodels|onlinemodels){_OPTIONS}(?: {_PART})?",
    r"list (?:jobs|packages|temporary output)",
    rf"(?:list|ls) (?:projects|resources|functions|tables|instances|cupidinstances){_OPTIONS}",
    rf"(?:list|ls) partitions {_NAME}(?: {_PARTITION})?",
    rf"status(?: extended)? {_WORD}",
    rf"wait {_WORD}",
    rf"top (?:instance|instances){_OPTIONS}",
    rf"help(?: {_WORD})?",
    r"history",
)

_ANY_SHAPE = re.compile("|".join(f"(?:{shape})" for shape in _SHAPES))

_SHAPE_OF = {Kind.NAME: "q", Kind.STRING: "'", Kind.NUMBER: "0"}

_MOST_TOKENS = 100

#: What these statements begin with.
VERBS = words("count desc describe get help history list ls read show status top wait whoami")


def is_inquiry(tokens: Sequence[Token]) -> bool:
    """Return whether the statement is one of those that only ask."""
    if len(tokens) > _MOST_TOKENS:
        return False
    return _ANY_SHAPE.fullmatch(" ".join(map(_shape, tokens))) is not None


def _shape(token: Token) -> str:
    return token.word if token.kind is Kind.WORD else _SHAPE_OF.get(token.kind, token.text)
