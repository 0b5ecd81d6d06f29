"""What can be read off the messages of the bot."""

import json
from typing import Any

Message = dict[str, Any]


def marker_in(text: str) -> str:
    """Return the marker of the statement that is quoted in the text."""
    return text.partition("'")[2].partition("'")[0]


def run_name(card: Message) -> str:
    """Return the short name by which a card calls its run."""
    return str(card["text"].partition("run ")[2].partition(" ")[0])


def shown(message: Message) -> str:
    """Return everything a message shows, text and blocks."""
    return message.get("text", "") + json.dumps(message.get("blocks", []), ensure_ascii=False)
