"""The ids that Slack gives to blocks and elements without one."""

import secrets
from typing import Any

#: Some of Slack's ids end like this; here all do, so that `is_made_up` knows them.
_LENGTH, _END = 5, "="


def fill_in_ids(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return blocks in which `block_id` and `action_id` are filled in."""
    return [_complete(block) for block in blocks]


def _complete(block: dict[str, Any]) -> dict[str, Any]:
    block = {**block, "block_id": block.get("block_id") or _new_id()}
    for name in ("elements", "actions"):
        if block["type"] in {"actions", "context_actions", "card"} and name in block:
            block[name] = [_identify(element) for element in block[name]]
    if "accessory" in block and block["accessory"]["type"] != "image":
        block["accessory"] = _identify(block["accessory"])
    if block["type"] == "input":
        block["element"] = _identify(block["element"])
    if block["type"] == "container":
        block["child_blocks"] = fill_in_ids(block["child_blocks"])
    if block["type"] == "carousel":
        block["elements"] = fill_in_ids(block["elements"])
    return block


def _identify(element: dict[str, Any]) -> dict[str, Any]:
    return {**element, "action_id": element.get("action_id") or _new_id()}


def is_made_up(any_id: str) -> bool:
    """Return whether Slack gave this id, so that the next update of the message has another."""
    return len(any_id) == _LENGTH and any_id.endswith(_END)


def _new_id() -> str:
    return secrets.token_urlsafe(_LENGTH)[: _LENGTH - 1] + _END
