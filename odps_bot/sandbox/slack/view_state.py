"""The state of a view: `state.values` by block and action id."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.input_values import (
    Element,
    InputValue,
    has_state,
    initial_value,
    is_empty,
    read_input,
)
from odps_bot.sandbox.slack.interactive_elements import Block, interactive_elements

StateValues = dict[str, dict[str, InputValue]]

_MISSING = "Please complete this required field."
#: Marks a value that is not in the request.
_ABSENT = object()


def stateful_elements(blocks: Sequence[Block]) -> Iterator[tuple[Block, Element]]:
    """Iterate over the elements whose value a view keeps."""
    for block, element in interactive_elements(blocks):
        if has_state(element):
            yield block, element


def state_values(
    blocks: Sequence[Block], *, known: StateValues, entered: Mapping[str, Any]
) -> StateValues:
    """Return the state of all elements: entered now, known before, or initial.

    `entered` is by action id, or by block id and action id, and can be incomplete: values that the
    client would refuse on submission keep their old state, as do files, which are added on
    submission.
    """
    values: StateValues = {}
    for block, element in stateful_elements(blocks):
        entry = _known(block, element, known)
        value = value_for(block, element, entered)
        if value is not _ABSENT and element["type"] != "file_input":
            with suppress(SlackError):
                entry = read_input(element, value)
        _put(values, block, element, entry)
    return values


def submitted_values(
    blocks: Sequence[Block], *, known: StateValues, entered: Mapping[str, Any]
) -> StateValues:
    """Return the state with which a modal is submitted.

    Raises SlackError when the client would not submit it: with the code, block id and action id of
    the first invalid input, and all messages in `errors` by block id.
    """
    values: StateValues = {}
    problems: dict[str, SlackError] = {}
    for block, element in stateful_elements(blocks):
        try:
            entry = _submitted_value(block, element, known, value_for(block, element, entered))
        except SlackError as error:
            error.details["action_id"] = element["action_id"]
            problems[block["block_id"]] = error
        else:
            _put(values, block, element, entry)
    for block_id, first in problems.items():
        errors = {where: problem.details["message"] for where, problem in problems.items()}
        action_id = first.details["action_id"]
        raise SlackError(first.code, block_id=block_id, action_id=action_id, errors=errors)
    return values


def retained_values(blocks: Sequence[Block], values: StateValues) -> StateValues:
    """Return the values whose elements are in these blocks under the same ids."""
    kept: StateValues = {}
    for block, element in stateful_elements(blocks):
        entry = values.get(block["block_id"], {}).get(element["action_id"])
        if entry is not None and entry["type"] == element["type"]:
            kept.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return kept


def value_for(block: Block, element: Element, entered: Mapping[str, Any]) -> Any:
    """Return the value entered for an element, or `_ABSENT` when there is none."""
    of_block = entered.get(block["block_id"])
    if isinstance(of_block, Mapping) and element["action_id"] in of_block:
        return of_block[element["action_id"]]
    return entered.get(element["action_id"], _ABSENT)


def _submitted_value(block: Block, element: Element, known: StateValues, value: Any) -> InputValue:
    entry = _known(block, element, known) if value is _ABSENT else read_input(element, value)
    if block["type"] == "input" and not block.get("optional") and is_empty(entry):
        raise SlackError("missing_input", message=_MISSING)
    return entry


def _known(block: Block, element: Element, known: StateValues) -> InputValue:
    entry = known.get(block["block_id"], {}).get(element["action_id"])
    return initial_value(element) if entry is None else entry


def _put(values: StateValues, block: Block, element: Element, entry: InputValue) -> None:
    complete = {"type": element["type"], **entry}
    values.setdefault(block["block_id"], {})[element["action_id"]] = complete
