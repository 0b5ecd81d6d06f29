"""What is written to the bot: a command, and the pieces that it was written in. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from odps_bot.input.slack_message.mrkdwn import pieces_of_typed
from odps_bot.input.slack_message.pieces import Message, Piece
from odps_bot.input.slack_message.regions import Origin, Region, regions_of


@dataclass(frozen=True, kw_only=True)
class Written:
    """What somebody wrote; commands take their verb and options from the head of `text`."""

    own: Region
    others: Sequence[Region] = ()  #: what was forwarded or attached

    @cached_property
    def text(self) -> str:
        """All of it with the marks around code; nothing else in it is Slack's but mentions."""
        return "".join(piece.typed for piece in self.own.pieces)

    def behind(self, rest: str) -> list[Region]:
        """Return the regions without what stands before `rest`, which is an end of the text."""
        start = len(self.text) - len(rest) if self.text.endswith(rest) else 0
        return self._between(start, len(self.text))

    def _between(self, start: int, end: int) -> list[Region]:
        if start == 0 and end == len(self.text):
            return [self.own, *self.others]
        kept = tuple(_between(self.own.pieces, start, end))
        region = replace(self.own, paragraphs=[kept])
        return [*([] if region.is_blank else [region]), *self.others]

    def without_mentions(self, own_id: str | None) -> "Written":
        """Return it without mentions of the bot around it; `own_id` is the bot's user id."""
        mention = rf"<@{re.escape(own_id) if own_id else '[A-Z0-9]+'}>"
        text = self.text
        head = re.match(rf"(?:\s*+{mention}[\s,:]*+)++", text)
        start, end = head.end() if head else 0, len(text.rstrip())
        # One by one: a pattern of them all would take forever over many that are not at the end.
        for found in reversed(list(re.finditer(mention, text))):
            if found.end() != end or found.start() < start:
                break
            end = len(text[: found.start()].rstrip())
        if (start, end) == (0, len(text)):
            return self
        pieces = tuple(_between(self.own.pieces, start, max(start, end)))
        return replace(self, own=replace(self.own, paragraphs=[pieces]))


def read_written(message: Message, *, own_id: str | None = None) -> Written:
    """Return what a message says to the bot."""
    text = message.get("text")
    if own_id and isinstance(text, str):
        # Who else is mentioned by name is shown by it; of the bot the id is needed.
        named = re.sub(rf"<@{re.escape(own_id)}\|[^<>]*>", f"<@{own_id}>", text)
        message = {**message, "text": named}
    own: list[Region] = []
    others: list[Region] = []
    for region in regions_of(message):
        (own if region.origin is Origin.OWN else others).append(region)
    return Written(own=own[0] if own else Region(paragraphs=[]), others=others)


def read_typed(text: str) -> Written:
    """Return what somebody typed behind a slash command, in which nothing is Slack's."""
    return Written(own=Region(paragraphs=[tuple(pieces_of_typed(text))]))


def _between(pieces: Sequence[Piece], start: int, end: int) -> Iterator[Piece]:
    position = 0
    for piece in pieces:
        length, mark = len(piece.typed), (len(piece.typed) - len(piece.text)) // 2
        first, last = max(0, start - position), min(length, end - position)
        position += length
        if first == 0 and last == length:
            yield piece
        elif first < last:
            yield replace(piece, text=piece.text[max(0, first - mark) : max(0, last - mark)])
