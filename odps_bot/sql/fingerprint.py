"""What statements have in common that differ in values only. Pure."""

import hashlib
import re

from odps_bot.sql.statements import Kind, Token, cut

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


def text_fingerprint(sql: str) -> str:
    """Return the same for statements that do the same by their text.

    They differ in spaces, comments, the case of words and semicolons at the end only. Long ones are
    compared as they stand.
    """
    if len(sql) > COMPARED_CHARACTERS:
        return hashlib.sha256(sql.strip().encode(errors="replace")).hexdigest()[:16]
    tokens = (token for statement in cut(sql) for token in statement.tokens)
    words = " ".join(word for token in tokens for word in _words_of(token)).rstrip("; ")
    return hashlib.sha256(words.encode(errors="replace")).hexdigest()[:16]


def _words_of(token: Token) -> list[str]:
    match token.kind:
        case Kind.COMMENT:
            # A hint to the optimizer looks like a comment.
            return [token.text] if token.text.startswith("/*+") else []
        case Kind.CODE:
            return _WORD.findall(token.text.lower())
        case Kind.SEMICOLON:
            return [";"]
        case _:
            return [token.text]
