"""Put a hint such as ``/*+ skewjoin(a) */`` behind the SELECT that it is for. Pure."""

import re

from odps_bot.sql.statements import Kind, cut
from odps_bot.sql.tokenizer import tokens_of
from odps_bot.sql.unproven import UnprovenError

#: A hint of ours has a name and names of tables, and nothing that could end it.
_HINT = re.compile(r"[A-Za-z]\w*\(\w+(?:, ?\w+)*\)", re.ASCII)


def with_select_hint(sql: str, hint: str) -> str | None:
    """Return the text with the hint behind its SELECT.

    None where it is not clear which one is meant: there are several, or it has hints already.
    """
    if not _HINT.fullmatch(hint):
        return None
    try:
        ends = [
            token.end
            for statement in cut(sql)
            for token in tokens_of(statement)
            if token.kind is Kind.WORD and token.word == "select"
        ]
    except UnprovenError:
        return None
    if len(ends) != 1 or "/*+" in sql:
        return None
    return f"{sql[: ends[0]]} /*+ {hint} */{sql[ends[0] :]}"
