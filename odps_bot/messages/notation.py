"""How commands are written in what we say: `/odps …`, or `@odps …` to whoever mentions the bot.

All texts name the slash command. It works in no thread, and where people mention the bot it is not
what they know.
"""

import re
from collections.abc import Mapping
from typing import Any

from odps_bot.messages.message import Message

_COMMAND = re.compile(r"(?<!``)(?<=`)/odps(?=[ `])")


def by_mention(message: Message) -> Message:
    """Return the message with the commands in its code spans as mentions.

    Preformatted text is nobody's hint: it stays as it is.
    """
    return Message(_mentioning(message.text), [_block(block) for block in message.blocks])


def _mentioning(mrkdwn: str) -> str:
    return _COMMAND.sub("@odps", mrkdwn)


def _block(block: Mapping[str, Any]) -> dict[str, Any]:
    """Return the block, its texts in mrkdwn changed at any depth."""
    if block.get("type") == "mrkdwn" and isinstance(block.get("text"), str):
        return {**block, "text": _mentioning(block["text"])}
    return {key: _inside(value) for key, value in block.items()}


def _inside(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _block(value)
    return [_inside(one) for one in value] if isinstance(value, list) else value
