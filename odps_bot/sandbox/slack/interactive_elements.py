"""The interactive elements of blocks: finding them, and what using one says."""

from collections.abc import Iterator, Sequence
from typing import Any

from odps_bot.sandbox.slack.errors import SlackError

Element = dict[str, Any]
Block = dict[str, Any]

_COPIED = ("text", "style", "confirm", "icon")
_MANY = {"multi_static_select": "selected_options", "checkboxes": "selected_options"}
_ONE_OPTION = frozenset({"static_select", "overflow", "radio_buttons"})
#: What a person enters, by element, and the name under which it is reported.
_ENTERED = {
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
    "rich_text_input": "rich_text_value",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "plain_text_input": "value",
    "number_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
}


def find_element(
    blocks: Sequence[Block], *, action_id: str, block_id: str | None = None
) -> tuple[Block, Element]:
    """Return an interactive element and its block. Raises SlackError `action_not_found`."""
    for block, element in interactive_elements(blocks):
        if element["action_id"] == action_id and block_id in {None, block["block_id"]}:
            return block, element
    raise SlackError("action_not_found")


def interactive_elements(blocks: Sequence[Block]) -> Iterator[tuple[Block, Element]]:
    """Iterate over the elements that have an action id, each with its block."""
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


def use_element(block: Block, element: Element, *, value: Any, at: str) -> dict[str, Any]:
    """Return the action that reports the use of an element.

    `value` is what was chosen or entered; buttons have their own. `at` is the timestamp. Raises
    SlackError `invalid_option` when an option is chosen that the element does not offer.
    """
    action = {
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "type": element["type"],
        "action_ts": at,
        **{key: element[key] for key in _COPIED if key in element},
    }
    return action | entered(element, value)


def entered(element: Element, value: Any) -> dict[str, Any]:
    """Return what was chosen or entered in an element, as payloads name it.

    Raises SlackError `invalid_option` when an option is chosen that the element does not offer.
    """
    kind = element["type"]
    if kind in _ONE_OPTION:
        return {"selected_option": _find_option(element, value)}
    if kind in _MANY:
        values = value if isinstance(value, list) else [value]
        return {_MANY[kind]: [_find_option(element, entry) for entry in values]}
    if kind in _ENTERED:
        return {_ENTERED[kind]: value}
    return {"value": element["value"]} if "value" in element else {}


def _find_option(element: Element, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        value = value.get("value")
    groups = element.get("option_groups", [])
    options = [*element.get("options", []), *(o for group in groups for o in group["options"])]
    for option in options:
        if option.get("value") == value:
            return dict(option)
    raise SlackError("invalid_option")


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
