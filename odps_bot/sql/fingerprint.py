"""What statements have in common that differ in values only. Pure."""

import hashlib
import re

from odps_bot.sql.statements import Kind, cut

_NUMBER = re.compile(r"\b\w*\d\w*\b")
_WORD = re.compile(r"\w+|[^\w\s]")

_WITHOUT_VALUE = {Kind.COMMENT: " ", Kind.STRING: "''"}

#: So much of a text is compared.
COMPARED_CHARACTERS = 20_000


def statement_fingerprint(sql: str) -> str:
    """Return the same for statements that differ in values, comments and spaces only."""
    statements = cut(sql[:COMPARED_CHARACTERS])
    tokens = (token for statement in statements for token in statement.tokens)
    plain = "".join(_WITHOUT_VALUE.get(token.kind, token.text) for token in tokens)
    words = " ".join(_WORD.findall(_NUMBER.sub("0", plain).lower())).rstrip("; ")
    return hashlib.sha256(words.encode(errors="replace")).hexdigest()[:16]
