"""The pieces of a message: code and prose, and gaps where nobody can tell what was typed. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: A message, or a part of one, as Slack's payloads carry it.
Message = Mapping[str, Any]

#: What a gap stands between: characters that no SQL needs.
GAP_OPENS, GAP_CLOSES = "\u27e6", "\u27e7"

#: How much of the words beside a statement a gap shows.
GAP_CHARACTERS = 600

#: Characters that show nothing and are neither spaces nor of the categories below.
_FILLERS = "\u034f\u115f\u1160\u2800\u3164\uffa0"

_NAMES = {"<@": "@someone", "<#": "#channel", "<!": "@group"}
_UNNAMED = re.compile(r"(<[@#!])[^<>]*>")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A stretch of a message that is code or is not."""

    text: str
    is_code: bool
    is_exact: bool = True  #: this is what was typed, to the character
    is_fenced: bool = False  #: code in a block of its own

    @property
    def is_blank(self) -> bool:
        """Whether nothing can be seen of it."""
        return self.is_exact and is_blank(self.text)

    @property
    def shown(self) -> str:
        """What stands for it in a statement: its text, or a gap that has to be filled in."""
        return self.text if self.is_exact else gap(self.text)

    @property
    def typed(self) -> str:
        """The piece with the marks that its author typed around it."""
        mark = "```" if self.is_fenced else "`" if self.is_code else ""
        return f"{mark}{self.text}{mark}"


def line_end() -> Piece:
    """Return what stands between two paragraphs."""
    return Piece(text="\n", is_code=False)


def gap(text: str) -> str:
    """Return a gap that shows `text`; whoever wants to run the statement has to replace it."""
    named = _UNNAMED.sub(lambda found: _NAMES[found[1]], text.strip())
    inside = named.replace(GAP_OPENS, "[").replace(GAP_CLOSES, "]")
    if len(inside) > GAP_CHARACTERS:
        inside = inside[:GAP_CHARACTERS].rstrip() + "\u2026"
    return f"{GAP_OPENS}{inside or '?'}{GAP_CLOSES}"


def has_gap(sql: str) -> bool:
    """Return whether there is a gap in a statement, or what is left of one."""
    return GAP_OPENS in sql or GAP_CLOSES in sql


def text_of(pieces: Iterable[Piece]) -> str:
    """Return the text of the pieces, one after the other."""
    return "".join(piece.text for piece in pieces)


def is_invisible(char: str) -> bool:
    """Return whether the character is invisible and not a space."""
    is_hidden = unicodedata.category(char) in {"Cf", "Cc", "Cn", "Co"} or char in _FILLERS
    return is_hidden and not char.isspace()


def is_blank(text: str) -> bool:
    """Return whether the text is invisible."""
    return all(char.isspace() or is_invisible(char) for char in text)


def mappings_in(value: Any) -> Iterator[Message]:
    """Iterate over the objects of a list of Slack's; what is none, such as null, is passed over."""
    if isinstance(value, list | tuple):
        yield from (item for item in value if isinstance(item, Mapping))


def object_in(message: Message, key: str) -> Message:
    """Return the object under this key; an empty one if there is something else, such as null."""
    value = message.get(key)
    return value if isinstance(value, Mapping) else {}


def string(value: Any) -> str:
    """Return the value if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""
