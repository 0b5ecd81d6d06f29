"""From typed text to the fields of a message; pure but for the ids of blocks."""

from typing import Any

from odps_bot.sandbox.slack.block_kit import check_blocks, fill_in_ids
from odps_bot.sandbox.slack.composer.derived_text import derive_text
from odps_bot.sandbox.slack.composer.inline import Names
from odps_bot.sandbox.slack.composer.paragraphs import read_paragraphs
from odps_bot.sandbox.slack.errors import SlackError, invalid

__all__ = ["Names", "compose", "compose_blocks"]


def compose(typed: str, names: Names) -> dict[str, Any]:
    """Return `text` and `blocks` of a message in which a person typed this.

    As in Slack's clients with markup on: `*bold*` becomes a bold run without stars in `blocks`,
    while `text`, which is derived from the blocks, has the stars.
    """
    elements = read_paragraphs(typed, names)
    if not elements:
        return {"text": ""}
    return _as_content([{"type": "rich_text", "elements": elements}], names)


def compose_blocks(blocks: Any, names: Names) -> dict[str, Any]:
    """Return `text` and `blocks` of a message with this rich text, made by the tools of a composer.

    Raises SlackError `invalid_blocks`, `invalid_blocks_format`.
    """
    if not isinstance(blocks, list) or not blocks:
        raise SlackError("invalid_blocks_format")
    if problems := check_blocks(blocks, surface="message"):
        raise invalid("invalid_blocks", problems)
    if any(block["type"] != "rich_text" for block in blocks):
        raise invalid("invalid_blocks", ["a person's message has rich_text blocks only"])
    return _as_content(blocks, names)


def _as_content(blocks: list[dict[str, Any]], names: Names) -> dict[str, Any]:
    channels = {channel_id: name for name, channel_id in names.channels.items()}
    text = "\n".join(derive_text(block, channels=channels) for block in blocks)
    return {"text": text, "blocks": fill_in_ids(blocks)}
