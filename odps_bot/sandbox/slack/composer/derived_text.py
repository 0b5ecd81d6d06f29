"""The `text` that Slack derives from the rich text of a message: marks, tokens and entities."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from odps_bot.sandbox.slack.texts import encode_entities

Element = dict[str, Any]

_MARKS = (("bold", "*"), ("italic", "_"), ("strike", "~"), ("code", "`"))
_INDENT = "    "
#: Elements that the text shows by one of their fields.
_TOKENS = {
    "broadcast": "<!{range}>",
    "color": "{value}",
    "emoji": ":{name}:",
    "user": "<@{user_id}>",
    "usergroup": "<!subteam^{usergroup_id}>",
}


def derive_text(block: Element, *, channels: Mapping[str, str] | None = None) -> str:
    """Return the text of a rich_text block; `channels` are names by id."""
    text = ""
    before = ""
    for element in block["elements"]:
        part = _part(element, channels or {})
        kind = element["type"]
        needs_line = before not in {"", "rich_text_section"} or (
            kind in {"rich_text_list", "rich_text_quote"} and text and not text.endswith("\n")
        )
        text += ("\n" if needs_line else "") + part
        before = kind
    return text


def _part(element: Element, channels: Mapping[str, str]) -> str:
    match element["type"]:
        case "rich_text_preformatted":
            return f"```{''.join(_leaf(leaf, channels) for leaf in element['elements'])}```"
        case "rich_text_quote":
            lines = _runs(element["elements"], channels).split("\n")
            return "\n".join(f"&gt; {line}" for line in lines)
        case "rich_text_list":
            return "\n".join(_items(element, channels))
        case _:
            return _runs(element["elements"], channels)


def _items(element: Element, channels: Mapping[str, str]) -> Iterator[str]:
    indent = element.get("indent", 0)
    for number, item in enumerate(element["elements"], start=element.get("offset", 0) + 1):
        mark = (
            f"{_number(number, indent)}."
            if element["style"] == "ordered"
            else ("•", "◦", "▪︎")[indent % 3]
        )
        yield f"{_INDENT * indent}{mark} {_runs(item['elements'], channels)}"


def _number(number: int, indent: int) -> str:
    """Return the number of an item: `1`, inside of it `a`, and inside of that `i`."""
    match indent % 3:
        case 1:
            return chr(ord("a") + (number - 1) % 26)
        case 2:
            return _roman(number)
        case _:
            return str(number)


def _roman(number: int) -> str:
    text = ""
    for value, sign in ((50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")):
        count, number = divmod(number, value)
        text += sign * count
    return text


def _runs(elements: Sequence[Element], channels: Mapping[str, str], depth: int = 0) -> str:
    """Return elements with the marks of their styles around runs that have one in common."""
    if depth == len(_MARKS):
        return "".join(_leaf(element, channels) for element in elements)
    name, mark = _MARKS[depth]
    has_style: Callable[[Element], bool] = lambda element: bool(  # noqa: E731  -- a key
        element.get("style", {}).get(name)
    )
    text = ""
    for is_styled, run in groupby(elements, has_style):
        inner = _runs(list(run), channels, depth + 1)
        text += _marked(inner, mark) if is_styled else inner
    return text


def _marked(text: str, mark: str) -> str:
    """Return a text with marks around each of its lines, inside of the spaces at their ends."""
    return "\n".join(
        line.replace(core, f"{mark}{core}{mark}", 1) if (core := line.strip()) else line
        for line in text.split("\n")
    )


def _leaf(element: Element, channels: Mapping[str, str]) -> str:
    kind = element["type"]
    if token := _TOKENS.get(kind):
        return token.format_map(element)
    if kind == "link":
        return _link(element)
    if kind == "date":
        return _date(element)
    if kind == "channel":
        return f"<#{element['channel_id']}|{channels.get(element['channel_id'], '')}>"
    return encode_entities(str(element.get("text", "")))


def _link(element: Element) -> str:
    address = encode_entities(element["url"])
    label = element.get("text")
    return f"<{address}|{encode_entities(label)}>" if label else f"<{address}>"


def _date(element: Element) -> str:
    address = f"^{element['url']}" if element.get("url") else ""
    fallback = encode_entities(element.get("fallback") or element["format"])
    return f"<!date^{element['timestamp']}^{element['format']}{address}|{fallback}>"
