"""The blocks of Block Kit that we use, as plain values."""

from typing import Any

from odps_bot.messages import text as t

Block = dict[str, Any]

#: https://docs.slack.dev/reference/block-kit/blocks/section-block
SECTION_CHARACTERS = 3_000


def section(mrkdwn: str, *, accessory: Block | None = None) -> Block:
    """Return a paragraph; what is foreign in it is escaped already."""
    text = {"type": "mrkdwn", "text": t.clip(mrkdwn, SECTION_CHARACTERS)}
    return {"type": "section", "text": text} | ({"accessory": accessory} if accessory else {})


def context(mrkdwn: str) -> Block:
    """Return a line in small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": mrkdwn}]}


def actions(buttons: list[Block]) -> Block:
    """Return a row of buttons."""
    return {"type": "actions", "elements": buttons}


def button(label: str, *, action_id: str, value: str) -> Block:
    """Return a button; `value` comes back with the click."""
    text = {"type": "plain_text", "text": label}
    return {"type": "button", "text": text, "action_id": action_id, "value": value}


def preformatted(literal: str) -> Block:
    """Return text in fixed width; nothing in it is markup."""
    element = {"type": "text", "text": t.clean(literal) or " "}
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_preformatted", "elements": [element]}],
    }
