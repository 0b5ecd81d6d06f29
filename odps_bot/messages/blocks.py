"""The blocks of Block Kit that we use, as plain values."""

from typing import Any

from odps_bot.messages import text as t

Block = dict[str, Any]

#: https://docs.slack.dev/reference/block-kit/blocks/section-block
SECTION_CHARACTERS = 3_000

#: The `block_id` of the one row of buttons that a message has.
BUTTONS = "buttons"


def section(mrkdwn: str) -> Block:
    """Return a paragraph; what is foreign in it is escaped already."""
    return {
        "type": "section",
        "text": {"type": "mrkdwn", "text": t.clip(mrkdwn, SECTION_CHARACTERS)},
    }


def section_with(accessory: Block | None, mrkdwn: str, *, block_id: str) -> Block:
    """Return a paragraph with an interactive element at its side, if there is one.

    See `actions` for `block_id`; a paragraph that nobody can act on does not give it away.
    """
    if accessory is None:
        return section(mrkdwn)
    return section(mrkdwn) | {"block_id": block_id, "accessory": accessory}


def context(mrkdwn: str) -> Block:
    """Return a line in small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": mrkdwn}]}


def actions(buttons: list[Block], *, block_id: str) -> Block:
    """Return a row of buttons.

    `block_id` is unique in its message and the same in every update of it: Slack invents one where
    it is missing, and somebody who thinks in a button's dialog meanwhile would confirm a button
    that is no longer there. Where a message has several, it names what its buttons are for, never
    its place: a dialog would confirm what has come to that place meanwhile.
    """
    return {"type": "actions", "block_id": block_id, "elements": buttons}


def button(label: str, *, action_id: str, value: str) -> Block:
    """Return a button; `value` comes back with the click."""
    text = plain_text(label)
    return {"type": "button", "text": text, "action_id": action_id, "value": value}


def preformatted(literal: str) -> Block:
    """Return text in fixed width; nothing in it is markup."""
    element = {"type": "text", "text": t.clean(literal) or " "}
    return rich_text(element, within="rich_text_preformatted")


def rich_text(element: Block, *, within: str = "rich_text_section") -> Block:
    """Return one element as rich text."""
    return {"type": "rich_text", "elements": [{"type": within, "elements": [element]}]}


def raw_text(cell: str) -> Block:
    """Return a cell of a table; Slack refuses an empty text."""
    return {"type": "raw_text", "text": cell or " "}


def plain_text(text: str) -> Block:
    """Return text without markup, as labels are."""
    return {"type": "plain_text", "text": text}


def confirmation(title: str, text: str, *, yes: str, no: str) -> Block:
    """Return the dialog that a button asks with before it acts."""
    labels = {"title": title, "text": text, "confirm": yes, "deny": no}
    return {name: plain_text(label) for name, label in labels.items()}
