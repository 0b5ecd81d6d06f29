"""What MaxCompute must be sent for a statement: SQL, a merge task, an XFlow, or a request. Pure.

Sources: AuthorizationCommand, MergeCommand, CompactCommand, ArchiveCommand, FreezeCommand and
RestoreCommand of aliyun/aliyun-odps-console, with the parsers of its other commands; rule
`authorizationStatement` of OdpsParser.g4 and CommandParserListener of aliyun/aliyun-odps-java-sdk,
which sends all of that rule to `/authorization`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from odps_bot.sql.classification.classes import (
    ClientCommand,
    CommandKind,
    RunsAs,
    StatementInfo,
)
from odps_bot.sql.keywords import words
from odps_bot.sql.merge_statements import merge_statement_of
from odps_bot.sql.statements import Token
from odps_bot.sql.tokenizer import SPACED_NAME, spaced

#: So much of a statement is read; what follows are lists, and texts of queries.
_MOST_TOKENS = 200

_TABLE = rf"{SPACED_NAME}(?: \. {SPACED_NAME}){{0,2}}"

#: A value of a partition.
_VALUE = rf"{SPACED_NAME} = (?:'[^']*'|\w+)"

#: Without a name behind it, the word is the name of a table.
_DESCRIBED = r"(?:desc|describe) {} (?!partition )[\w`].*"

_AUTHORIZATION = (
    r"(?:grant|revoke)\b.*",
    r"whoami",
    r"show (?:grants?|acl|packages?|label|roles?|current roles|principals|priv\w*)\b.*",
    r"show securityconfiguration",
    r"list (?:tenant )?(?:users|roles|groups)\b.*",
    r"list (?:trustedprojects|accountproviders)",
    r"clear expired grants",
    r"(?:create|drop|delete) (?:role|package|tenant role)\b.*",
    r"(?:add|remove) (?:trustedproject|accountprovider|(?:tenant )?(?:user|group|role))\b.*",
    r"add .* to package\b.*",
    r"remove .* from package\b.*",
    r"alter (?:user|group)\b.*",
    _DESCRIBED.format("(?:role|package|tenant role)"),
    r"(?:allow|disallow) project\b.*",
    r"(?:install|uninstall) package\b.*",
    r"(?:set|unset) label\b.*",
    r"set role\b.*",
    r"purge priv(?:ilege)?s\b.*",
    r"get policy\b.*",
)

#: The first that fits says what a command of odpscmd is; its argument is what it is about.
_COMMANDS: Mapping[CommandKind, str] = MappingProxyType(
    {
        CommandKind.LIST_JOBS: (
            r"(?:show (?:p|proc|processlist|instances)|(?:ls|list) (?:instances|jobs)"
            r"|top instances?)\b.*"
        ),
        CommandKind.STOP_JOB: r"kill\b(?: - sync)?(?: (?P<argument>\w+))?.*",
        CommandKind.SHOW_JOB: (
            r"(?:status\b(?: extended\b)?|(?:desc|describe) instance(?= \w)(?! partition ))"
            r"(?: (?P<argument>\w+))?.*"
        ),
        CommandKind.WAIT_FOR_JOB: r"wait\b(?: (?P<argument>\w+))?.*",
        CommandKind.USE_SCHEMA: rf"use schema (?P<argument>{SPACED_NAME}).*",
        CommandKind.USE_QUOTA: rf"use quota (?P<argument>{SPACED_NAME}(?: - {SPACED_NAME})*).*",
        CommandKind.USE_PROJECT: rf"use\b(?: (?P<argument>{SPACED_NAME}))?.*",
        CommandKind.SET_PROJECT: r"setproject\b.*",
        CommandKind.READ_TABLE: (
            rf"read (?P<argument>{_TABLE})"
            rf"(?: \( (?P<columns>{SPACED_NAME}(?: , {SPACED_NAME})*) \))?"
            rf"(?: partition \( (?P<partition>{_VALUE}(?: , {_VALUE})*) \))?"
            r"(?: (?P<rows>\d+))?(?: .*)?"
        ),
        CommandKind.COUNT_ROWS: rf"count (?P<argument>{_TABLE})(?: .*)?",
        CommandKind.LIST_FUNCTIONS: r"(?:ls|list) functions\b.*",
        CommandKind.LIST_TABLES: r"(?:ls|list) tables\b.*",
        CommandKind.LIST_PARTITIONS: rf"(?:ls|list) partitions (?P<argument>{_TABLE})(?: .*)?",
        CommandKind.LIST_PROJECTS: r"(?:ls|list) projects\b.*",
        CommandKind.COST: r"cost sql\b.*",
        CommandKind.RESOURCES: (
            r"(?:(?:ls|list|show) resources|(?:get|create|drop|delete) resource"
            r"|add (?:file|py|jar|archive|table|volumefile|volumearchive))\b.*"
            rf"|{_DESCRIBED.format('resource')}"
        ),
        # SQL's EXPORT goes on with TABLE; this one writes the DDL of a project into files.
        CommandKind.TRANSFER: r"(?:(?:tunnel|upload|download|dship)\b|export (?!table\b)).*",
        CommandKind.DRY_RUN: r"dryrun\b.*",
        CommandKind.JAR: r"(?:jar|mr)\b.*",
        CommandKind.SESSION: (
            r"(?:show (?:flags|version)|(?:unset|unalias|setenv|alias|history|login)\b.*"
            r"|quit|exit|q)"
        ),
        CommandKind.HELP: r"(?:help\b.*|h)",
        CommandKind.OTHER: (
            r"(?:put policy|(?:get|put) security policy|list temporary output"
            r"|show (?:xflows|offlinemodels|onlinemodels|automvmeta|job ')|trigger automvcreation"
            r"|(?:create|copy|read) (?:offlinemodel|onlinemodel)|create externalvolume"
            r"|(?:create|drop|delete) externalproject"
            r"|update (?:onlinemodel|externalproject)(?! set\b)"
            r"|(?:ls|list) cupidinstances|http|vfs|fs|volume|spark|tune|triggerandwait)\b.*"
            r"|(?:desc|describe) project - extended .*|(?:desc|describe) cupid instance - i .*"
            rf"|{_DESCRIBED.format('(?:project|offlinemodel|onlinemodel|xflow instance)')}"
        ),
    }
)

#: Nothing else begins one of these statements.
_FIRST_WORDS = words(
    "grant revoke whoami show list ls clear create drop delete add remove alter desc describe allow"
    " disallow install uninstall set unset purge get put top kill status wait use setproject read"
    " count cost tunnel upload download dship setenv alias unalias history login help h quit exit q"
    " jar mr http vfs fs volume spark tune trigger triggerandwait copy update dryrun export pai"
)

#: Behind these a command goes on with a word of its own.
_BEFORE_NOUNS = words("show list ls desc describe cost get put add create drop delete top trigger")
_TWO_WORDS = (("use", "schema"), ("use", "quota"), ("status", "extended"))

_FLAGS = re.IGNORECASE | re.ASCII | re.DOTALL
_ANY_AUTHORIZATION = re.compile("|".join(f"(?:{shape})" for shape in _AUTHORIZATION), _FLAGS)
_PATTERNS = {kind: re.compile(shape, _FLAGS) for kind, shape in _COMMANDS.items()}


def with_way(info: StatementInfo, tokens: Sequence[Token]) -> StatementInfo:
    """Return what is known of a statement, with what must be sent for it."""
    if tokens[0].word not in _FIRST_WORDS:
        return info
    if tokens[0].word == "pai":
        return replace(info, runs_as=RunsAs.XFLOW)
    if merge_statement_of(tokens) is not None:
        return replace(info, runs_as=RunsAs.MERGE)
    shown = spaced(tokens[:_MOST_TOKENS])
    if _ANY_AUTHORIZATION.fullmatch(shown):
        return replace(info, runs_as=RunsAs.AUTHORIZATION)
    command = _client_command(shown)
    return replace(info, runs_as=RunsAs.ODPSCMD, client_command=command) if command else info


def _client_command(shown: str) -> ClientCommand | None:
    for kind, pattern in _PATTERNS.items():
        if found := pattern.fullmatch(shown):
            parts = {name: text or "" for name, text in found.groupdict().items()}
            return ClientCommand(
                kind=kind,
                name=_name(shown),
                argument=re.sub(r" ([.-]) ", r"\1", parts.get("argument", "")),
                columns=parts.get("columns", "").replace(" , ", ", "),
                condition=" and ".join(re.findall(_VALUE, parts.get("partition", ""))),
                rows=parts.get("rows", ""),
            )
    return None


def _name(shown: str) -> str:
    """Return the words that name a command; behind the first of most is what they are about."""
    first, _, rest = shown.lower().partition(" ")
    second = rest.partition(" ")[0]
    is_named_by_two = first in _BEFORE_NOUNS or (first, second) in _TWO_WORDS
    return f"{first} {second}" if is_named_by_two and second.isidentifier() else first
