"""What the tests of the page build their messages and modals of, and where they look."""

from typing import Any

from playwright.sync_api import Locator, Page

CHANNEL, RANDOM = "C0DATAENG1", "C0RANDOM01"
ALICE, BOB = "U0ALICE", "U0BOB"
HOME = "D0ALICEODPS"

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def options(*names: str) -> list[Block]:
    return [{"text": plain(name), "value": name.lower()} for name in names]


def section(text: str, **more: Any) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(text: str, action_id: str, **more: Any) -> Block:
    element = {"type": "button", "action_id": action_id, "text": plain(text), **more}
    return {"type": "actions", "block_id": f"with_{action_id}", "elements": [element]}


def field(label: str, kind: str, **more: Any) -> Block:
    """An input block; its ids are its label in small letters."""
    name = label.lower().replace(" ", "_")
    outside = {key: more.pop(key) for key in ("optional", "hint", "dispatch_action") if key in more}
    element = {"type": kind, "action_id": name, **more}
    return {
        "type": "input",
        "block_id": name,
        "label": plain(label),
        "element": element,
        **outside,
    }


def modal(*blocks: Block, title: str = "Run SQL", **more: Any) -> Block:
    return {
        "type": "modal",
        "callback_id": "run",
        "title": plain(title),
        "submit": plain("Run"),
        "blocks": list(blocks),
        **more,
    }


def cell(value: str | int) -> Block:
    if isinstance(value, int):
        return {"type": "raw_number", "value": value, "text": f"{value:,}"}
    return {"type": "raw_text", "text": value}


def message(page: Page, ts: str) -> Locator:
    return page.locator(f"#log-frame [data-testid=message][data-ts='{ts}']")
