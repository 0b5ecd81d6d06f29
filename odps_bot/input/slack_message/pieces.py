"""A message cut into code and prose, each as it was typed as far as that can be known. Pure.

https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from odps_bot.input.slack_message.prose_around_code import is_blank
from odps_bot.input.slack_text import message_text

#: A message, or a part of one, as Slack's payloads carry it.
Message = Mapping[str, Any]

_CODE = re.compile(
    r"```(?:[ \t]*(?:sql|SQL)[ \t]*\n|\n)?(?P<fenced>.*?)\n?```"
    r"|(?<!`)`(?P<ticked>[^`\n]+)`(?!`)",
    re.DOTALL,
)
#: A mention without a name, or a date: what was typed is lost.
_UNNAMED = re.compile(r"<(?:[@#][^<>|]*|!subteam\^[^<>|]*|!date\^[^<>]*)>")

#: What rich text shows for its parts other than text, by their type: what, from which key.
_SHAPES = {
    "user": ("<@{}>", "user_id"),
    "channel": ("<#{}>", "channel_id"),
    "broadcast": ("@{}", "range"),
    "emoji": (":{}:", "name"),
    "color": ("{}", "value"),
    "date": ("{}", "fallback"),
}
#: These are known to be exactly what was typed.
_EXACT_PARTS = frozenset({"text", "link", "broadcast"})
_PROSE_ELEMENTS = frozenset({"rich_text_section", "rich_text_quote"})

#: Slack turns `*qty*` into a bold word without stars.
_LOSSY_STYLES = ("bold", "italic", "strike")


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
        return is_blank(self.text)


def pieces_of(message: Message) -> list[Piece]:
    """Return the pieces of a message in their order; together they are all of its text.

    Between two elements of rich text stands a line end. Adjacent pieces may be of the same kind.
    """
    elements = list(_elements(message))
    if not elements:
        return list(_pieces_of_text(str(message.get("text") or "")))
    pieces: list[Piece] = []
    for element in elements:
        if pieces:
            pieces.append(Piece(text="\n", is_code=False))
        pieces += _pieces_of_element(element)
    return pieces


def has_unread_code(message: Message) -> bool:
    """Return whether there is code in blocks or attachments that `pieces_of` does not read.

    Slack shows a message that was forwarded as an attachment.
    """
    if any(map(_is_code, _values_in(message.get("attachments")))):
        return True
    text = str(message.get("text") or "")
    has_rich_text = any(True for _ in _elements(message))
    others = [b for b in message.get("blocks") or () if b.get("type") != "rich_text"]
    return any(
        _is_code(found) and (has_rich_text or not isinstance(found, str) or found not in text)
        for found in _values_in(others)
    )


def _elements(message: Message) -> Iterator[Message]:
    """Iterate over sections, quotes, preformatted text and items of lists of rich text."""
    for block in message.get("blocks") or ():
        if block.get("type") == "rich_text":
            for element in block.get("elements", ()):
                is_list = element.get("type") == "rich_text_list"
                yield from element.get("elements", ()) if is_list else (element,)


def _pieces_of_element(element: Message) -> Iterator[Piece]:
    parts = list(element.get("elements") or ())
    if element.get("type") not in _PROSE_ELEMENTS:
        # Preformatted text, or something that Slack has learnt since: it may be code.
        is_known = element.get("type") == "rich_text_preformatted"
        yield Piece(
            text="".join(map(_shown, parts)),
            is_code=True,
            is_exact=is_known
            and all(_is_readable(part) and not _is_struck(part) for part in parts),
            is_fenced=True,
        )
        return
    pieces = list(map(_piece_of_part, parts))
    for place, piece in enumerate(pieces):
        # What Slack made of text inside of code may have lost its style, and so cut the code.
        beside = parts[max(0, place - 1) : place] + parts[place + 1 : place + 2]
        is_cut = piece.is_code and not all(map(_is_readable, beside))
        yield replace(piece, is_exact=piece.is_exact and not is_cut)


def _piece_of_part(part: Message) -> Piece:
    style = part.get("style") or {}
    is_code = bool(style.get("code"))
    is_lossy = not is_code and any(style.get(name) for name in _LOSSY_STYLES)
    is_exact = _is_readable(part) and not is_lossy and not (is_code and _is_struck(part))
    return Piece(text=_shown(part), is_code=is_code, is_exact=is_exact)


def _is_struck(part: Message) -> bool:
    """Return whether the part is struck through: code that is may be no longer meant."""
    return bool((part.get("style") or {}).get("strike"))


def _is_readable(part: Message) -> bool:
    return part.get("type") in _EXACT_PARTS


def _shown(part: Message) -> str:
    """Return what a person sees of a part of rich text."""
    shape, name = _SHAPES.get(str(part.get("type")), ("{}", "text"))
    return shape.format(part.get(name) or part.get("url") or "")


def _pieces_of_text(text: str) -> Iterator[Piece]:
    position = 0
    for found in _CODE.finditer(text):
        yield _prose(text[position : found.start()])
        inside = found[found.lastgroup or 0] or ""
        yield Piece(
            text=message_text(inside),
            is_code=True,
            is_exact=not _UNNAMED.search(inside),
            is_fenced=found["fenced"] is not None,
        )
        position = found.end()
    yield _prose(text[position:])


def _prose(text: str) -> Piece:
    return Piece(text=message_text(text), is_code=False, is_exact=not _UNNAMED.search(text))


def _values_in(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _values_in(item)


def _is_code(value: Any) -> bool:
    if isinstance(value, str):
        return "`" in value
    if not isinstance(value, Mapping):
        return False
    style = value.get("style")
    is_styled = isinstance(style, Mapping) and bool(style.get("code"))
    return is_styled or value.get("type") == "rich_text_preformatted"
