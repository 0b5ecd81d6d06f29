"""The interactive elements of blocks: finding them, and the action that using one reports."""

from collections.abc import Iterator, Sequence
from typing import Any

from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.input_values import Element, read_input

Block = dict[str, Any]

_COPIED = ("text", "style", "confirm", "icon", "placeholder")


def find_element(
    blocks: Sequence[Block], *, action_id: str, block_id: str | None = None
) -> tuple[Block, Element]:
    """Return an interactive element and its block. Raises SlackError `action_not_found`.

    What Slack does with a click on an element that an update has taken away is not documented. Here
    it is refused, on purpose: an app that works here needs nothing that Slack does not promise.
    """
    for block, element in interactive_elements(blocks):
        if element["action_id"] == action_id and block_id in {None, block["block_id"]}:
            return block, element
    raise SlackError("action_not_found")


def interactive_elements(blocks: Sequence[Block]) -> Iterator[tuple[Block, Element]]:
    """Iterate over the elements with an action id, each with its block."""
    for block in blocks:
        yield from interactive_elements(block.get("child_blocks", []))
        candidates = [
            block.get("accessory"),
            block.get("element"),
            *_as_list(block.get("elements")),
            *_as_list(block.get("actions")),
        ]
        for element in candidates:
            if isinstance(element, dict) and "action_id" in element:
                yield block, element
            elif isinstance(element, dict) and element.get("type") == "card":
                yield from interactive_elements([element])


def use_element(block: Block, element: Element, *, value: Any, at: str) -> dict[str, Any]:
    """Return the action that reports the use of an element.

    `value` is what was chosen or entered; buttons have their own. `at` is the timestamp.
    Raises SlackError as `read_input` does.
    """
    action = {
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "type": element["type"],
        "action_ts": at,
        **{key: element[key] for key in _COPIED if key in element},
    }
    return action | read_input(element, value)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
