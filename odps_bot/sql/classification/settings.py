"""What `set key=value;` lines do. Pure.

Flags of one job have a dot in their name. Those without one are properties of the project, most of
them about security:
https://www.alibabacloud.com/help/en/maxcompute/security-and-compliance/security-parameters
"""

import re
from collections.abc import Sequence

from odps_bot.sql.classification.classes import ForbiddenSetting, StatementClass
from odps_bot.sql.classification.tuning import only_tunes
from odps_bot.sql.keywords import WRITING
from odps_bot.sql.settings import Setting, is_key
from odps_bot.sql.statements import Kind, Statement, Token
from odps_bot.sql.unproven import UnprovenError

_SECURITY = "it changes how the project protects its data"

#: In lower case: keys are compared without regard to case.
_FORBIDDEN = {
    "labelsecurity": _SECURITY,
    "projectprotection": _SECURITY,
    "odps.output.field.formatter": "it can undo the masking of columns",
    "odps.sql.metering.value.max": "it changes the cost limit of statements",
}

#: `true` is documented for Python UDFs, see `odps_bot.sql.classification.tuning`.
_ISOLATION = "odps.isolation.session.enable"

_FORBIDDEN_PATTERNS = (
    (re.compile("(checkpermissionusing|objectcreatorhas)[^.]*"), _SECURITY),
    (re.compile(r"odps\.(.*\.)?security(\..*)?"), _SECURITY),
    (re.compile(r".*read[._-]?only.*"), "it can turn off read-only mode"),
    (re.compile(r".*metering.*"), "it changes the cost limit of statements"),
)

#: These bring code of somebody's own into a query.
_CODE = re.compile(r"odps\.sql\.session\.(resources|java\.imports)")

_REASONS = {
    "odps.session.networklink": "gives code in the query network access.",
    "odps.session.image": "runs custom code in the query.",
}

#: These choose the parser; of any but today's nothing is published.
_PARSER = re.compile(r"odps\.sql\.(planner\.(parser|mode)|preparse|parser)(\..*)?")

_TODAYS_PARSER = ("true", "lot")

#: Here the syntax changes, too, and what that means for quotes and comments is not published. Of
#: `odps.sql.hive.compatible` it is: types, functions and clauses that no query is proven with.
_OTHER_SYNTAX = "odps.sql.bigquery.compatible"

#: What stands in no value, but behind one whose semicolon was forgotten.
_STATEMENTS = WRITING | {"select"}


def setting_of(statement: Statement, tokens: Sequence[Token]) -> Setting | None:
    """Return what the statement sets; None if it is no `set key=value`.

    Raises UnprovenError when what is sent to MaxCompute beside the text would be another setting.
    """
    setting, key_end = statement.setting, _end_of_key(tokens)
    if setting is None and not key_end:
        return None
    key = "".join(token.text for token in tokens[1:key_end])
    if setting is None or setting.key != key or not is_key(key):
        raise UnprovenError("The name of a setting can't be parsed.")
    if any(token.kind is Kind.STRING and ";" in token.text for token in tokens):
        raise UnprovenError("The value of a setting contains a semicolon.")
    text = "".join(token.text for token in statement.tokens)
    start = statement.tokens[0].offset
    value = text[tokens[key_end].end - start : tokens[-1].end - start]
    runs_on = any(token.word in _STATEMENTS for token in tokens[key_end + 2 :])
    if runs_on or "\n" in value or "\r" in value:
        raise UnprovenError(f"The semicolon after the setting `{setting.key}` seems to be missing.")
    return setting


def setting_beside(key: str, value: str) -> Setting:
    """Return a setting that is sent beside the text.

    Raises UnprovenError for what could not stand in a line of its own.
    """
    if not is_key(key):
        raise UnprovenError("The name of a setting can't be parsed.")
    if any(character in value for character in ";\r\n"):
        raise UnprovenError(f"The setting `{key}` has more than one value.")
    return Setting(key=key, value=value)


def class_of_setting(setting: Setting) -> StatementClass:
    """Return the class that the setting lends to its text."""
    if why_forbidden(setting):
        return StatementClass.ADMIN
    return StatementClass.UNKNOWN if why_setting_is_unproven(setting) else StatementClass.READ


def why_setting_is_unproven(setting: Setting) -> str:
    """Say why the class of a setting is UNKNOWN; empty if it only tunes a job."""
    key = setting.key.lower()
    if _CODE.fullmatch(key):
        return f"`{setting.key}` loads custom code."
    if _chooses_parser(setting):
        return f"`{setting.key}` changes how MaxCompute parses the statement."
    if _is_proven(setting):
        return ""
    if reason := _REASONS.get(key):
        return f"`{setting.key}` {reason}"
    if "." not in key:
        return f"`{setting.key}` isn't a known setting."
    return f"`{setting.key}` isn't known to affect only the speed of a job."


def why_forbidden(setting: Setting) -> ForbiddenSetting | None:
    """Return the setting with the reason, if it would weaken a guard."""
    key = setting.key.lower()
    if key == _ISOLATION and not only_tunes(key, setting.value):
        return ForbiddenSetting(key=setting.key, reason="it changes how user code is isolated")
    reason = _FORBIDDEN.get(key) or next(
        (reason for pattern, reason in _FORBIDDEN_PATTERNS if pattern.fullmatch(key)), None
    )
    return ForbiddenSetting(key=setting.key, reason=reason) if reason else None


def _is_proven(setting: Setting) -> bool:
    key = setting.key.lower()
    is_of_parser = _PARSER.fullmatch(key) is not None or key == _OTHER_SYNTAX
    return is_of_parser or only_tunes(key, setting.value)


def _chooses_parser(setting: Setting) -> bool:
    key, value = setting.key.lower(), setting.value.lower()
    if key == _OTHER_SYNTAX:
        return value != "false"
    return value not in _TODAYS_PARSER and _PARSER.fullmatch(key) is not None


def _end_of_key(tokens: Sequence[Token]) -> int:
    """Return the index behind a key without spaces in it, or 0."""
    if tokens[0].word != "set":
        return 0
    at = 1
    while at < len(tokens) and tokens[at].text not in {"=", "=="}:
        is_glued = at == 1 or tokens[at].offset == tokens[at - 1].end
        is_part = tokens[at].kind in (Kind.WORD, Kind.NUMBER) or tokens[at].text in {".", "-"}
        if not (is_glued and is_part):
            return 0
        at += 1
    return at if 1 < at < len(tokens) else 0
