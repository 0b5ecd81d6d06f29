"""The regions of a message: what its author wrote, and what was forwarded or attached. Pure.

https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from odps_bot.input.slack_message.blocks import is_rich_text, paragraphs_of_blocks
from odps_bot.input.slack_message.mrkdwn import pieces_of_mrkdwn
from odps_bot.input.slack_message.pieces import (
    Message,
    Piece,
    is_invisible,
    line_end,
    mappings_in,
    string,
    text_of,
)
from odps_bot.input.slack_text import message_text

#: A forwarded message may forward another one, and so on.
_MOST_FORWARDED = 5


class Origin(StrEnum):
    """Where in a message something stands."""

    OWN = "own"
    FORWARDED = "forwarded"
    ATTACHED = "attached"  #: by an app, or the preview of a link


@dataclass(frozen=True, kw_only=True)
class Region:
    """A part of a message."""

    paragraphs: Sequence[Sequence[Piece]]
    origin: Origin = Origin.OWN
    typed: str | None = None  #: the text that the pieces, read from blocks, must agree with
    has_other_code: bool = False  #: that text has code that the blocks don't have

    @cached_property
    def pieces(self) -> Sequence[Piece]:
        """All pieces, with line ends between the paragraphs."""
        pieces: list[Piece] = []
        for paragraph in self.paragraphs:
            pieces += [line_end()] if pieces else []
            pieces += paragraph
        return pieces

    @property
    def is_blank(self) -> bool:
        """Whether nothing can be seen of it."""
        return all(piece.is_blank for piece in self.pieces)

    def differs(self, used: Sequence[Piece]) -> bool:
        """Return whether the text of the message says something else than these pieces of it."""
        if self.typed is None:
            return False
        return self.has_other_code or not _are_in_order(used, _squashed(self.typed))


def _are_in_order(pieces: Sequence[Piece], text: str) -> bool:
    """Return whether what is known of the pieces is in the text; marks may stand between them."""
    position = 0
    for piece in pieces:
        for line in piece.text.split("\n") if piece.is_exact else ():
            part = _squashed(line)
            found = text.find(part, position)
            if found < 0:
                return False
            position = found + len(part)
    return True


def _has_other_code(text: str, pieces: Sequence[Piece]) -> bool:
    """Return whether there is code in the text of a message that its blocks don't have."""
    said = _squashed(text_of(pieces))
    codes = (piece.text for piece in pieces_of_mrkdwn(text) if piece.is_code)
    return any(_squashed(line) not in said for code in codes for line in code.split("\n"))


def regions_of(message: Message) -> list[Region]:
    """Return the regions of a message in which something can be seen."""
    return list(_regions(message, Origin.OWN, depth=0))


def _regions(message: Message, origin: Origin, *, depth: int) -> Iterator[Region]:
    own = _own_region(message, origin)
    if not own.is_blank:
        yield own
    if depth < _MOST_FORWARDED:
        for attachment in mappings_in(message.get("attachments")):
            yield from _regions_of_attachment(attachment, origin, depth=depth + 1)


def _own_region(message: Message, origin: Origin) -> Region:
    """Return what stands in blocks or, where these show nothing, in the text."""
    text, blocks = string(message.get("text")), message.get("blocks")
    typed = message_text(text)
    paragraphs = tuple(paragraphs_of_blocks(blocks, typed=typed))
    # An app's text is a summary for notifications: only code in it is meant to be the same.
    is_apps = bool(message.get("bot_id")) or not is_rich_text(blocks)
    is_comparable = bool(typed.strip()) and ("`" in typed or not is_apps)
    region = Region(paragraphs=paragraphs, origin=origin)
    if is_comparable and not region.is_blank:
        has_other_code = _has_other_code(text, region.pieces)
        region = replace(region, typed=typed, has_other_code=has_other_code)
    if not region.is_blank:
        return region
    return Region(paragraphs=[tuple(pieces_of_mrkdwn(text))], origin=origin)


def _regions_of_attachment(attachment: Message, origin: Origin, *, depth: int) -> Iterator[Region]:
    messages = [
        inner
        for wrapped in mappings_in(attachment.get("message_blocks"))
        if isinstance(inner := wrapped.get("message"), dict)
    ]
    is_forwarded = bool(messages or attachment.get("is_msg_unfurl") or attachment.get("is_share"))
    below = Origin.FORWARDED if is_forwarded or origin is Origin.FORWARDED else Origin.ATTACHED
    if messages:
        found = [
            region
            for inner in messages
            for region in _regions(_with_text(inner, attachment), below, depth=depth)
        ]
        if found:
            yield from found
            return
    if attachment.get("blocks"):
        found = list(_regions({"blocks": attachment["blocks"]}, below, depth=depth))
        if found:
            yield from found
            return
    paragraphs = tuple(_paragraphs_of_attachment(attachment))
    region = Region(paragraphs=paragraphs, origin=below)
    if not region.is_blank:
        yield region
    yield from _regions({"attachments": attachment.get("attachments")}, below, depth=depth)


def _with_text(message: Message, attachment: Message) -> Message:
    """Return a forwarded message with the text that Slack puts beside its blocks."""
    return {"text": attachment.get("text"), **message}


def _paragraphs_of_attachment(attachment: Message) -> Iterator[Sequence[Piece]]:
    texts = [string(attachment.get(key)) for key in ("pretext", "title", "text")]
    for field in mappings_in(attachment.get("fields")):
        texts += [string(field.get("title")), string(field.get("value"))]
    shown = list(filter(str.strip, texts)) or [string(attachment.get("fallback"))]
    for text in shown:
        yield tuple(pieces_of_mrkdwn(text))


def _squashed(text: str) -> str:
    visible = (char for char in text if not (char.isspace() or is_invisible(char)))
    return "".join(visible).replace("`", "")
