"""The parts of a typed text: sections, lists, quotes and blocks of code."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from odps_bot.sandbox.slack.composer.inline import (
    Element,
    Names,
    merge_runs,
    read_runs,
    text_element,
)

_FENCE = re.compile(r"```(.*?)```", re.DOTALL)
_QUOTE = re.compile(r">(?!>) ?(?P<text>.*)")
_REST_QUOTED = re.compile(r">>> ?(?P<text>.*)")
_BULLET = re.compile(r"(?P<indent>[ \t]*)[-•] +(?P<text>\S.*)")
_ORDERED = re.compile(r"(?P<indent>[ \t]*)(?P<number>\d{1,4})[.)] +(?P<text>\S.*)")
_SPACES_PER_INDENT = 4
_DEEPEST_INDENT = 8

#: What a line is: its kind, how far it is indented, and its number in a list.
_Kind = tuple[str, int]


class _Line:
    """A line outside of blocks of code."""

    def __init__(self, line: str, *, is_rest_quoted: bool) -> None:
        self.kind: _Kind = ("section", 0)
        self.text, self.number = line, 0
        if is_rest_quoted or (found := _QUOTE.fullmatch(line)):
            self.kind = ("quote", 0)
            self.text = line if is_rest_quoted else found["text"]  # type: ignore[index]
        elif found := _BULLET.fullmatch(line):
            self.kind, self.text = ("bullet", _indent(found["indent"])), found["text"]
        elif found := _ORDERED.fullmatch(line):
            self.kind, self.text = ("ordered", _indent(found["indent"])), found["text"]
            self.number = int(found["number"])


def read_paragraphs(typed: str, names: Names) -> list[Element]:
    """Return the elements of the rich text block for what a person typed, with ends stripped."""
    elements: list[Element] = []
    position = 0
    typed = typed.replace("\r\n", "\n").strip("\n")
    for found in _FENCE.finditer(typed):
        code = found[1].removeprefix("\n").removesuffix("\n")
        if not code:
            continue  # six backticks stay what they are
        elements += _read_lines(typed[position : found.start()], names, follows=bool(elements))
        position = found.end()
        preformatted = {"type": "rich_text_preformatted", "elements": [text_element(code)]}
        elements.append(preformatted | {"border": 0})
    elements += _read_lines(typed[position:], names, follows=bool(elements))
    return elements


def _read_lines(text: str, names: Names, *, follows: bool) -> list[Element]:
    """Read what is outside of code. What `follows` a block begins on a line of its own anyway."""
    if follows:
        text = text.lstrip(" ").removeprefix("\n")
    if not text.strip(" "):
        return []
    runs = [(kind, list(lines)) for kind, lines in groupby(_lines(text), lambda line: line.kind)]
    elements: list[Element] = []
    for place, (kind, lines) in enumerate(runs):
        is_last = place == len(runs) - 1
        if kind[0] == "section":
            elements += _section(lines, names, ends_line=not is_last)
        elif kind[0] == "quote":
            elements.append({"type": "rich_text_quote", "elements": _joined(lines, names)})
        else:
            elements.append(_list(kind, lines, names))
    return elements


def _lines(text: str) -> Iterator[_Line]:
    is_rest_quoted = False
    for line in text.split("\n"):
        if not is_rest_quoted and (found := _REST_QUOTED.fullmatch(line)):
            is_rest_quoted, line = True, found["text"]  # noqa: PLW2901  -- the mark is not text
        yield _Line(line, is_rest_quoted=is_rest_quoted)


def _section(lines: list[_Line], names: Names, *, ends_line: bool) -> list[Element]:
    """Return a section; before a list or a quote its last line ends, as Slack sends it."""
    runs = _joined(lines, names)
    if ends_line:
        runs = merge_runs([*runs, text_element("\n")])
    return [{"type": "rich_text_section", "elements": runs}] if runs else []


def _joined(lines: Iterable[_Line], names: Names) -> list[Element]:
    runs: list[Element] = []
    for place, line in enumerate(lines):
        runs += [text_element("\n")] if place else []
        runs += read_runs(line.text, names)
    return merge_runs(runs)


def _list(kind: _Kind, lines: list[_Line], names: Names) -> Element:
    style, indent = kind
    items = [{"type": "rich_text_section", "elements": _joined([line], names)} for line in lines]
    made = {"type": "rich_text_list", "style": style, "indent": indent, "elements": items}
    offset = max(lines[0].number - 1, 0)
    return made | ({"offset": offset} if offset else {}) | {"border": 0}


def _indent(blank: str) -> int:
    spaces = len(blank.expandtabs(_SPACES_PER_INDENT))
    return min(-(-spaces // _SPACES_PER_INDENT), _DEEPEST_INDENT)
