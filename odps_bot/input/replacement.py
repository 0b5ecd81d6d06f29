"""A change of a statement that is too long for a field: some of its text is replaced. Pure."""

from odps_bot.input.sql_input import normalize_typography


class ReplacementError(Exception):
    """It can't be replaced; the message says why (plain text)."""


def replace_text(sql: str, *, old: str, new: str, is_everywhere: bool) -> str:
    """Return the statement with `new` in place of `old`, as typed or as phones change quotes.

    Raises ReplacementError for what isn't in it, or more than once and not to be replaced
    everywhere.
    """
    if old not in sql:
        old, new = normalize_typography(old), normalize_typography(new)
    count = sql.count(old)
    if not count:
        raise ReplacementError("This isn't in the statement. Letters and spaces count.")
    if count > 1 and not is_everywhere:
        raise ReplacementError(
            f"This is in the statement {count:,} times. Enter more of the text around it, or check"
            " the box below."
        )
    return sql.replace(old, new)
