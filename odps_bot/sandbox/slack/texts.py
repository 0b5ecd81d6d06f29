"""Slack's processing of texts: escaping, mentions, truncating and splitting."""

import re
from collections.abc import Mapping

#: The longest text that stays one message; longer ones are split (measured, not documented).
SINGLE_MESSAGE_LENGTH = 4_040
SPLIT_LENGTH = 4_000
#: https://docs.slack.dev/changelog/2018-truncating-really-long-messages
MAX_TEXT_LENGTH = 40_000

_MENTION = re.compile(r"(?<![\w<])@([\w.-]*\w)")
_CHANNEL = re.compile(r"(?<![\w<])#([\w-]*\w)")


def encode_entities(text: str) -> str:
    """Escape the three control characters of Slack's formatting."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_names(text: str, *, people: Mapping[str, str], channels: Mapping[str, str]) -> str:
    """Return a command's text for apps with `should_escape`: names with their ids."""
    text = _MENTION.sub(
        lambda found: f"<@{people[found[1]]}|{found[1]}>" if found[1] in people else found[0], text
    )
    return _CHANNEL.sub(
        lambda found: f"<#{channels[found[1]]}|{found[1]}>" if found[1] in channels else found[0],
        text,
    )


def split_text(text: str) -> list[str]:
    """Return the texts of the messages into which Slack splits a long text."""
    if len(text) <= SINGLE_MESSAGE_LENGTH:
        return [text]
    return [text[at : at + SPLIT_LENGTH] for at in range(0, len(text), SPLIT_LENGTH)]
