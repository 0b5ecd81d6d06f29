"""The blocks of Block Kit that show text, cut into code and prose. Pure.

https://docs.slack.dev/reference/block-kit/blocks
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from odps_bot.input.slack_message.mrkdwn import pieces_of_mrkdwn, pieces_of_typed
from odps_bot.input.slack_message.pieces import Message, Piece, mappings_in, string
from odps_bot.input.slack_message.rich_text import pieces_of_rich_text

#: Objects in which nothing is markup.
_PLAIN = frozenset({"plain_text", "raw_text"})

#: What people press or choose is no part of what a message says.
_ELEMENTS = frozenset(
    {"actions", "accessory", "button", "overflow", "confirm", "placeholder", "image", "input"}
)

#: Deeper nesting is not Slack's.
_DEEPEST = 20


def paragraphs_of_blocks(blocks: Any, *, typed: str) -> Iterator[Sequence[Piece]]:
    """Yield the pieces of each paragraph of the blocks.

    `typed` is the `text` of their message, without Slack's escaping. Blocks that we don't know are
    searched for text.
    """
    for block in mappings_in(blocks):
        for pieces in _paragraphs_of(block, typed, depth=0):
            if any(piece.text or not piece.is_exact for piece in pieces):
                yield pieces


def is_rich_text(blocks: Any) -> bool:
    """Return whether Slack's composer may have made these blocks of what somebody typed."""
    kinds = {string(block.get("type")) for block in mappings_in(blocks)}
    return kinds == {"rich_text"}


def _paragraphs_of(value: Message, typed: str, *, depth: int) -> Iterator[Sequence[Piece]]:
    kind, text = string(value.get("type")), value.get("text")
    if depth > _DEEPEST or kind in _ELEMENTS:
        return
    if kind == "rich_text":
        yield tuple(pieces_of_rich_text(value, typed=typed))
        return
    if isinstance(text, str):
        is_mrkdwn = kind not in _PLAIN and kind != "markdown"
        yield tuple(pieces_of_mrkdwn(text) if is_mrkdwn else pieces_of_typed(text))
    for key, inner in value.items():
        if key not in _ELEMENTS:
            for found in _mappings_below(inner):
                yield from _paragraphs_of(found, typed, depth=depth + 1)


def _mappings_below(value: Any, depth: int = 0) -> Iterator[Message]:
    if isinstance(value, Mapping):
        yield value
    elif isinstance(value, list) and depth < _DEEPEST:
        for item in value:
            yield from _mappings_below(item, depth + 1)
