"""SQL in a message that somebody wrote. Pure.

https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from odps_bot.commands.slack_text import message_text
from odps_bot.commands.sql_words import SQL_WORDS
from odps_bot.commands.typed_text import clean_sql, has_statement, split_word
from odps_bot.commands.verbs import split_verb

#: A message as Slack's payloads carry it.
Message = Mapping[str, Any]

_FENCED = re.compile(r"```(?:[ \t]*(?:sql|SQL)[ \t]*\n|\n)?(?P<inside>.*?)\n?```", re.DOTALL)
_TICKED = re.compile(r"(?<!`)`(?P<inside>[^`\n]+)`(?!`)")
_SETTING_OR_COMMENT = re.compile(
    r"\A(?:\s|--[^\n]*\n|/\*.*?\*/|set\s[^;]*;)*+", re.IGNORECASE | re.DOTALL
)
_FIRST_WORD = re.compile(r"\A[(\s]*(?P<word>[a-z]+)\b", re.IGNORECASE)

#: How parts of rich text that are no text are written, by what.
_SHAPES = {
    "user": ("<@{}>", "user_id"),
    "channel": ("<#{}>", "channel_id"),
    "broadcast": ("@{}", "range"),
    "emoji": (":{}:", "name"),
    "date": ("{}", "fallback"),
}


def looks_like_sql(text: str) -> bool:
    """Return whether the text begins as statements do; prose may, too."""
    found = _FIRST_WORD.match(_SETTING_OR_COMMENT.sub("", text))
    return bool(found and found["word"].lower() in SQL_WORDS)


def sql_in(message: Message) -> str:
    """Return what is most probably the statement in a message; empty when there is no text.

    The first piece of code that looks like SQL, else the first piece of code, else everything.
    """
    code = [clean_sql(piece) for piece in _code_in(message)]
    code = [piece for piece in code if has_statement(piece)]
    everything = _without_verb(_everything_in(message))
    if found := next((piece for piece in code if looks_like_sql(piece)), None):
        return found
    if looks_like_sql(everything):
        return everything
    return code[0] if code else everything


def _code_in(message: Message) -> Iterator[str]:
    """Iterate over blocks of code first, then over what stands in back-ticks."""
    elements = list(_elements(message))
    if elements:
        yield from (_literal(e) for e in elements if e.get("type") == "rich_text_preformatted")
        yield from _coded_lines(elements)
        return
    text = str(message.get("text") or "")
    yield from (message_text(found["inside"]) for found in _FENCED.finditer(text))
    unfenced = _FENCED.sub(" ", text)
    yield from (message_text(found["inside"]) for found in _TICKED.finditer(unfenced))


def _coded_lines(elements: list[Message]) -> Iterator[str]:
    for element in elements:
        for part in element.get("elements", ()):
            if (part.get("style") or {}).get("code"):
                yield _shown(part)


def _everything_in(message: Message) -> str:
    elements = list(_elements(message))
    if elements:
        return "\n".join(_literal(element) for element in elements)
    return message_text(str(message.get("text") or ""))


def _elements(message: Message) -> Iterator[Message]:
    """Iterate over sections, quotes, preformatted text and items of lists of rich text."""
    for block in message.get("blocks") or ():
        if block.get("type") == "rich_text":
            for element in block.get("elements", ()):
                is_list = element.get("type") == "rich_text_list"
                yield from element.get("elements", ()) if is_list else (element,)


def _literal(element: Message) -> str:
    return "".join(_shown(part) for part in element.get("elements", ()))


def _shown(part: Message) -> str:
    """Return what a person sees of a part of rich text."""
    shape, name = _SHAPES.get(str(part.get("type")), ("{}", "text"))
    return shape.format(part.get(name) or part.get("url") or "")


def _without_verb(text: str) -> str:
    """Return the statement of what was typed as a command: `/odps run select 1`."""
    verb, rest = split_verb(text)
    first, _ = split_word(text)
    is_command = verb.lower() == "run" and (first != verb or looks_like_sql(rest))
    return clean_sql(rest if is_command else text)
