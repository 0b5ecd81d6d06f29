"""Rich text, which Slack's composer makes of what people type, cut into code and prose. Pure.

Of styled prose the marks are gone (`*qty*` is a bold `qty`): they are taken from the `text` of the
same message, which has them.
https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

from odps_bot.input.slack_message.pieces import Message, Piece, line_end, mappings_in, string

#: What is kept of a part whose text was typed, by its type: in which key.
_EXACT = {"text": "text", "color": "value"}

#: What is kept of the others, by their type: what, from which key. What was typed is not known.
_LOSSY = {
    "user": ("<@{}>", "user_id"),
    "usergroup": ("<!subteam^{}>", "usergroup_id"),
    "team": ("<!team^{}>", "team_id"),
    "channel": ("<#{}>", "channel_id"),
    "emoji": (":{}:", "name"),
    "date": ("{}", "fallback"),
}
_PROSE = frozenset({"rich_text_section", "rich_text_quote"})
#: The name of the language behind an opening fence.
_LANGUAGE = re.compile(r"\A[ \t]*sql[ \t]*\n", re.IGNORECASE)
_MARKS = {"bold": "*", "italic": "_", "strike": "~"}

#: Deeper nesting of lists is not Slack's.
_DEEPEST = 20


def pieces_of_rich_text(block: Message, *, typed: str) -> Iterator[Piece]:
    """Yield the pieces of a block of rich text; a line end stands between two elements.

    `typed` is the `text` of the message, without Slack's escaping; empty where there is none.
    """
    for place, element in enumerate(_elements(block)):
        if place:
            yield line_end()
        yield from _pieces_of_element(element, typed)


def _elements(block: Message) -> Iterator[Message]:
    """Iterate over sections, quotes, preformatted text and items of lists."""
    for element in mappings_in(block.get("elements")):
        is_list = element.get("type") == "rich_text_list"
        yield from mappings_in(element.get("elements")) if is_list else (element,)


def _pieces_of_element(element: Message, typed: str, depth: int = 0) -> Iterator[Piece]:
    found = element.get("elements")
    parts = [_as_mapping(part) for part in (found if isinstance(found, list) else ())]
    kind = string(element.get("type"))
    if kind in _PROSE:
        yield from _with_what_cuts_code([_piece_of(part, typed) for part in parts], parts)
    elif kind == "rich_text_list" and depth < _DEEPEST:
        for place, inner in enumerate(parts):
            if place:
                yield line_end()
            yield from _pieces_of_element(inner, typed, depth + 1)
    else:
        # Preformatted text, or something that Slack has learnt since: it may be code.
        is_known = kind == "rich_text_preformatted"
        for place, part in enumerate(parts):
            is_exact = _is_text(part) and not _is_struck(part)
            text = _text_of(part) if place else _LANGUAGE.sub("", _text_of(part))
            yield Piece(text=text, is_code=True, is_exact=is_exact and is_known, is_fenced=True)
        if not parts and not is_known:
            yield Piece(text="", is_code=True, is_exact=False, is_fenced=True)


def _as_mapping(part: Any) -> Message:
    """Return a part, or one of no type: what was there cannot be known."""
    return part if isinstance(part, Mapping) else {}


def _with_what_cuts_code(pieces: Sequence[Piece], parts: Sequence[Message]) -> Iterator[Piece]:
    """Yield the pieces. What Slack made of text inside code may have lost the style: it is code.

    That is what touches code, such as a colour.
    """
    for place, piece in enumerate(pieces):
        beside = (*pieces[max(0, place - 1) : place], *pieces[place + 1 : place + 2])
        touches = any(other.is_code for other in beside)
        is_made = not piece.is_code and string(parts[place].get("type")) not in {"text", "link"}
        code = replace(piece, text=_text_of(parts[place]), is_code=True)
        yield code if is_made and touches else piece


def _piece_of(part: Message, typed: str) -> Piece:
    style = _as_mapping(part.get("style"))
    text = _text_of(part)
    if style.get("code"):
        is_exact = _is_text(part) and not _is_struck(part)
        return Piece(text=text, is_code=True, is_exact=is_exact)
    names = [name for name in _MARKS if style.get(name)]
    if not names or not text.strip():
        return Piece(text=text, is_code=False, is_exact=_is_text(part))
    marked = _marked(text, names, typed)
    return Piece(text=marked or text, is_code=False, is_exact=_is_text(part) and bool(marked))


def _marked(text: str, names: Sequence[str], typed: str) -> str:
    """Return the text with the marks of its styles as `typed` has them; empty if it doesn't."""
    inside = text.strip()
    start = text.index(inside)
    for order in permutations(_MARKS[name] for name in names):
        marks = "".join(order)
        candidate = f"{marks}{inside}{marks[::-1]}"
        if candidate in typed:
            return f"{text[:start]}{candidate}{text[start + len(inside) :]}"
    return ""


def _is_text(part: Message) -> bool:
    """Return whether what a person sees of the part is what was typed.

    Where Slack has left out what they see, or sent null, that is not known.
    """
    kind = string(part.get("type"))
    if kind in _EXACT:
        return isinstance(part.get(_EXACT[kind]), str)
    return kind == "broadcast" or (kind == "link" and bool(_text_of(part)))


def _is_struck(part: Message) -> bool:
    """Return whether the part is struck through: code that is may be no longer meant."""
    return bool(_as_mapping(part.get("style")).get("strike"))


def _text_of(part: Message) -> str:
    """Return what a person sees of a part; of mentions, what Slack writes in their place."""
    kind = string(part.get("type"))
    if kind in _EXACT:
        return string(part.get(_EXACT[kind]))
    if kind == "link":
        return string(part.get("text")) or string(part.get("url")).removeprefix("mailto:")
    if kind == "broadcast":
        return "@" + (string(part.get("range")) or "here")
    if kind in _LOSSY:
        shape, key = _LOSSY[kind]
        return shape.format(string(part.get(key)))
    shown = (string(part.get(key)) for key in ("text", "fallback", "value", "name", "url"))
    return next(filter(None, shown), "?")
