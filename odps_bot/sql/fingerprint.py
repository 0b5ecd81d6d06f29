"""What statements have in common that differ in values only. Pure."""

import hashlib
import re

from odps_bot.sql.statements import Piece, PieceKind, cut

_NUMBER = re.compile(r"\b\w*\d\w*\b")
_WORD = re.compile(r"\w+|[^\w\s]")

#: So much of a text is compared.
COMPARED_CHARACTERS = 20_000


def statement_fingerprint(sql: str) -> str:
    """Return the same for statements that differ in values, comments and spaces only."""
    statements = cut(sql[:COMPARED_CHARACTERS])
    plain = "".join(_without_value(piece) for one in statements for piece in one.pieces)
    words = " ".join(_WORD.findall(_NUMBER.sub("0", plain).lower())).rstrip("; ")
    return hashlib.sha256(words.encode(errors="replace")).hexdigest()[:16]


def _without_value(piece: Piece) -> str:
    match piece.kind:
        case PieceKind.COMMENT:
            return " "
        case PieceKind.STRING:
            return "''"
        case _:
            return piece.text
