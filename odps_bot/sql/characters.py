"""Characters beyond ASCII that readers, human or not, may take for others. Pure.

Classes of characters: https://www.unicode.org/reports/tr44/ and, for those that nobody sees, the
property Default_Ignorable_Code_Point.
"""

import re
import unicodedata

#: Letters and marks that are drawn as nothing, below U+10000.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]"
)

#: Alphabets with letters that are drawn as Latin ones are; no reader takes one for the other, but
#: whoever approves a statement does.
_LIKE_LATIN = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU")

#: What names are made of beyond ASCII, by the first letter of the category: letters and marks.
#: Digits are digits to some readers only.
_OF_NAMES = "LM"

_SYNTAX = ";.'\"`"

_SHOWN_LETTERS = 24


def is_invisible(character: str) -> bool:
    """Return whether a character beyond ASCII is drawn as a space or as nothing."""
    is_drawn = unicodedata.category(character)[0] not in "ZC"
    return not is_drawn or _INVISIBLE.match(character) is not None


def why_name_is_unproven(name: str, *, is_quoted: bool = False) -> str:
    """Say why readers may take a name beyond ASCII for another one; empty if they don't.

    Between back-ticks it may hold punctuation, but none that Unicode has for that of SQL.
    """
    if any(is_invisible(character) for character in name if not character.isascii()):
        return "A name contains an invisible character."
    shown = name[:_SHOWN_LETTERS]
    if any(map(_is_syntax if is_quoted else _is_no_letter, name)):
        return f"`{shown}` contains punctuation or digits that aren't ASCII."
    bare = "".join(letter for letter in name if unicodedata.category(letter)[0] != "M")
    folded = (name.casefold(), name.upper(), unicodedata.normalize("NFKC", name), bare)
    if any(form.isascii() for form in folded):
        return f"`{shown}` can be read as a name of plain letters."
    if re.search("[A-Za-z]", name) and any(map(_is_like_latin, name)):
        return f"`{shown}` mixes letters of two alphabets that look alike."
    return ""


def _is_no_letter(character: str) -> bool:
    return not character.isascii() and unicodedata.category(character)[0] not in _OF_NAMES


def _is_syntax(character: str) -> bool:
    """Return whether Unicode has it for a mark that ends names, such as U+037E for a semicolon."""
    plain = unicodedata.normalize("NFKC", character)
    return not character.isascii() and any(mark in plain for mark in _SYNTAX)


def _is_like_latin(character: str) -> bool:
    return not character.isascii() and unicodedata.name(character, "").startswith(_LIKE_LATIN)
