"""A statement where there is one line for it; settings and comments before it are left out.

Not for where people decide by what they read: there everything is shown that runs.
"""

from odps_bot.messages import text as t
from odps_bot.sql.preview import statement_in_short


def sql_as_code(sql: str, *, limit: int) -> str:
    """Return at most `limit` characters of the statement as a code span of mrkdwn."""
    return t.code(statement_in_short(sql, limit=limit), limit=limit)


def sql_as_text(sql: str, *, limit: int) -> str:
    """Return the same without markup, escaped."""
    return t.one_line(statement_in_short(sql, limit=limit), limit=limit)
