"""The runs of a line: styles, code, links, mentions, emoji and colours."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from odps_bot.sandbox.slack.composer.known_emoji import KNOWN_EMOJI

Element = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Names:
    """The ids behind the names that can be typed."""

    people: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)


_STYLES = {"*": "bold", "_": "italic", "~": "strike"}
_AFTER_A_LINK = ".,:;!?'\")"
_RANGES = ("here", "channel", "everyone")

#: In order of precedence; code comes first. A `<@U…>` is a name picked from the client's list.
_ATOMS = re.compile(
    r"(?P<code>`(?P<coded>[^`\n]+)`)"
    r"|<(?P<picked>[@#][A-Z0-9]+(?:\|[^<>\n]*)?|!subteam\^[A-Z0-9]+(?:\|[^<>\n]*)?)>"
    r"|<(?P<address>(?:https?://|mailto:)[^<>|\s]+)\|(?P<label>[^<>\n]+)>"
    r"|(?P<url>https?://[^\s|<>]+)"
    r"|(?P<mail>\b[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b)"
    r"|(?<![\w<])@(?P<name>[\w.-]*\w)"
    r"|(?<![\w&<#])(?P<color>\#[0-9a-fA-F]{6})(?![\w-])"
    r"|(?<![\w<])\#(?P<channel>[\w-]*\w)"
    r"|:(?P<emoji>[a-z0-9_+-]+):"
    r"|(?<![\w@./<-])(?P<host>(?:[a-z][\w-]*\.)+(?:cn|co|com|dev|id|io|net|org)(?![\w(-]|\.\w))"
    r"|(?P<mark>[*_~])"
)


@dataclass(frozen=True, kw_only=True)
class _Mark:
    """A `*`, `_` or `~` that may begin or end a style."""

    sign: str
    opens: bool
    closes: bool


def read_runs(line: str, names: Names) -> list[Element]:
    """Return the elements of one line, without its line end."""
    return merge_runs(_styled(list(_tokens(line, names))))


def merge_runs(elements: list[Element]) -> list[Element]:
    """Return the elements with adjacent text of one style as one element."""
    merged: list[Element] = []
    for element in elements:
        last = merged[-1] if merged else {}
        is_text = element["type"] == "text" == last.get("type")
        if is_text and element.get("style") == last.get("style"):
            merged[-1] = {**last, "text": last["text"] + element["text"]}
        else:
            merged.append(element)
    return merged


def text_element(text: str, **style: bool) -> Element:
    """Return a text element, with a style if there is one."""
    return {"type": "text", "text": text} | ({"style": style} if style else {})


def _tokens(line: str, names: Names) -> Iterator[Element | _Mark]:
    position = 0
    for found in _ATOMS.finditer(line):
        if found.start() > position:
            yield text_element(line[position : found.start()])
        position = found.end()
        if found["mark"]:
            yield _mark(line, found.start())
        else:
            yield from _atom(found, names)
    if position < len(line):
        yield text_element(line[position:])


def _mark(line: str, at: int) -> _Mark:
    """Return the mark there: it opens before a word and closes behind one, as in Slack."""
    before, after = line[at - 1 : at], line[at + 1 : at + 2]
    is_word_before, is_word_after = before.isalnum(), after.isalnum()
    opens = bool(after.strip()) and after not in set(")],.;:") and not is_word_before
    closes = bool(before.strip()) and before not in set("([") and not is_word_after
    return _Mark(sign=line[at], opens=opens, closes=closes)


def _styled(tokens: list[Element | _Mark]) -> list[Element]:
    """Return the elements with the styles of the marks around them; single marks are text."""
    ends = _pairs(tokens)
    styles: dict[str, int] = {}
    elements: list[Element] = []
    for place, token in enumerate(tokens):
        if not isinstance(token, _Mark):
            elements.append(_with_style(token, styles))
        elif place in ends:
            styles[_STYLES[token.sign]] = ends[place]
        elif place in ends.values():
            del styles[_STYLES[token.sign]]
        else:
            elements.append(_with_style(text_element(token.sign), styles))
    return elements


def _pairs(tokens: list[Element | _Mark]) -> dict[int, int]:
    """Return the places of closing marks by those of their opening ones."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    for place, token in enumerate(tokens):
        if not isinstance(token, _Mark):
            continue
        same = [at for at in opened if _sign_at(tokens, at) == token.sign]
        if token.closes and same and place - same[-1] > 1:
            ends[same[-1]] = place
            opened = opened[: opened.index(same[-1])]
        elif token.opens and not same:
            opened.append(place)
    return ends


def _sign_at(tokens: list[Element | _Mark], at: int) -> str:
    token = tokens[at]
    return token.sign if isinstance(token, _Mark) else ""


def _with_style(element: Element, styles: Mapping[str, int]) -> Element:
    if not styles:
        return element
    added = {name: True for name in _STYLES.values() if name in styles}
    return {**element, "style": added | element.get("style", {})}


def _atom(found: re.Match[str], names: Names) -> Iterator[Element]:
    whole = found[0]
    match found.lastgroup:
        case "coded" | "code":
            yield text_element(found["coded"], code=True)
        case "picked":
            yield _picked(found["picked"])
        case "url":
            address = whole.rstrip(_AFTER_A_LINK)
            yield {"type": "link", "url": address}
            if rest := whole[len(address) :]:
                yield text_element(rest)
        case "label" | "mail" | "host":
            yield _labelled_link(found)
        case "color":
            yield {"type": "color", "value": whole}
        case "emoji" if found["emoji"] in KNOWN_EMOJI:
            yield {"type": "emoji", "name": found["emoji"], "unicode": KNOWN_EMOJI[found["emoji"]]}
        case "name" | "channel":
            yield _named(found, names)
        case _:
            yield text_element(whole)


def _labelled_link(found: re.Match[str]) -> Element:
    if found["label"]:
        return {"type": "link", "url": found["address"], "text": found["label"]}
    scheme = "mailto:" if found["mail"] else "http://"
    return {"type": "link", "url": scheme + found[0], "text": found[0]}


def _picked(reference: str) -> Element:
    target = reference.partition("|")[0]
    if target.startswith("!subteam^"):
        return {"type": "usergroup", "usergroup_id": target.removeprefix("!subteam^")}
    if target.startswith("@"):
        return {"type": "user", "user_id": target[1:]}
    return {"type": "channel", "channel_id": target[1:]}


def _named(found: re.Match[str], names: Names) -> Element:
    if found["channel"] is not None:
        channel_id = names.channels.get(found["channel"])
        return {"type": "channel", "channel_id": channel_id} if channel_id else _plain(found)
    name = found["name"]
    if name in names.people:
        return {"type": "user", "user_id": names.people[name]}
    if name in names.groups:
        return {"type": "usergroup", "usergroup_id": names.groups[name]}
    return {"type": "broadcast", "range": name} if name in _RANGES else _plain(found)


def _plain(found: re.Match[str]) -> Element:
    """Return what was typed as plain text."""
    return text_element(found[0])
