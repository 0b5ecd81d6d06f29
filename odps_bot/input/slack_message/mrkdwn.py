"""Text in Slack's mrkdwn, cut into code and prose. Pure.

https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from odps_bot.input.slack_message.pieces import Piece
from odps_bot.input.slack_text import message_text

_CODE = re.compile(
    r"```(?:[ \t]*(?:sql|SQL|Sql)[ \t]*\n|\n)?(?P<fenced>.*?)\n?```"
    r"|(?<!`)`(?P<ticked>[^`\n]+)`(?!`)",
    re.DOTALL,
)

#: A mention without a name, or a date: what was typed is lost.
_UNNAMED = re.compile(r"<(?:[@#][^<>|]*|!subteam\^[^<>|]*|!date\^[^<>]*)>")

_QUOTED = re.compile(r"^[^\S\n]*>{1,3}[^\S\n]?", re.MULTILINE)
_BULLETS = re.compile(
    r"^[^\S\n]*(?:[\u2022\u25e6\u25aa\u25ab\u2023\u2043]\ufe0e?|[*-](?=\s))[^\S\n]+"
)
_NUMBERS = re.compile(r"^[^\S\n]*\d{1,3}[.)][^\S\n]+")


def pieces_of_mrkdwn(text: str) -> Iterator[Piece]:
    """Yield the pieces of a text as Slack brings it: escaped, with links in angle brackets."""
    position = 0
    for found in _CODE.finditer(text):
        yield from _pieces(text[position : found.start()], is_code=False)
        inside, is_fenced = found[found.lastgroup or 0] or "", found["fenced"] is not None
        yield from _pieces(inside, is_code=True, is_fenced=is_fenced)
        position = found.end()
    yield from _pieces(text[position:], is_code=False)


def pieces_of_typed(text: str) -> Iterator[Piece]:
    """Yield the pieces of a text in which nothing is Slack's: a command, Markdown, plain text."""
    position = 0
    for found in _CODE.finditer(text):
        yield Piece(text=text[position : found.start()], is_code=False)
        inside = found[found.lastgroup or 0] or ""
        yield Piece(text=inside, is_code=True, is_fenced=found["fenced"] is not None)
        position = found.end()
    yield Piece(text=text[position:], is_code=False)


def without_line_marks(text: str) -> str:
    """Return the text without what makes its lines a quote or a list.

    Only what marks all of the lines is known to be no SQL; of a quote the first lines are enough.
    """
    lines = text.split("\n")
    filled = [line for line in lines if line.strip()]
    if filled and _QUOTED.match(filled[0]):
        return _QUOTED.sub("", text)
    for mark in (_BULLETS, _NUMBERS):
        if filled and all(map(mark.match, filled)):
            return "\n".join(mark.sub("", line) for line in lines)
    return text


def _pieces(text: str, *, is_code: bool, is_fenced: bool = False) -> Iterator[Piece]:
    """Yield the text, and by themselves the mentions in it of which nobody knows the names."""
    whole = Piece(text="", is_code=is_code, is_fenced=is_fenced)
    position = 0
    for found in _UNNAMED.finditer(text):
        yield replace(whole, text=message_text(text[position : found.start()]))
        is_date = found[0].startswith("<!date")
        shown = message_text(found[0]) if is_date else found[0]
        yield replace(whole, text=shown, is_exact=False)
        position = found.end()
    yield replace(whole, text=message_text(text[position:]))
