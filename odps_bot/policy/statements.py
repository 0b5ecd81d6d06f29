"""What a statement certainly does. Pure; what is not proven to read is not a read.

A first, narrow reading: it decides only whether a statement may be sent again when nobody knows
whether it has arrived. It says no to many harmless statements.
"""

import re

from odps_bot.maxcompute.statements import split_statements, without_settings

_QUOTED = re.compile(
    r"""'(?:[^'\\]|\\.)*+' | "(?:[^"\\]|\\.)*+" | `[^`]*+`""", re.VERBOSE | re.DOTALL
)
_UNTERMINATED = re.compile("['\"`]")
_WORD = re.compile("[A-Za-z_]+")

_READING = frozenset({"select", "with", "desc", "describe", "show"})

#: Whatever writes, defines, or runs code of somebody's own.
_NOT_READING = frozenset(
    _WORD.findall(
        "add alter analyze begin call clone create delete drop exec execute export function grant"
        " if import insert into java kill load loop map merge msck overwrite pai purge reduce"
        " refresh rename restore revoke setproject transform truncate undo unload unset update"
        " upsert use using"
    )
)


def is_plainly_a_read(sql: str) -> bool:
    """Return whether `sql` is one statement that can only read, whatever is in its quotes."""
    statements = split_statements(without_settings(sql))
    if len(statements) != 1:
        return False
    bare = _QUOTED.sub(" ", statements[0])
    if _UNTERMINATED.search(bare):
        return False
    words = [word.lower() for word in _WORD.findall(bare)]
    return bool(words) and words[0] in _READING and _NOT_READING.isdisjoint(words)
