"""The values of a view while it is open and on submission."""

from typing import Any

import pytest

from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.view_state import retained_values, state_values, submitted_values


def text_input(block_id: str, **fields: Any) -> dict[str, Any]:
    block = {key: fields.pop(key) for key in ("optional",) if key in fields}
    element = {"type": "plain_text_input", "action_id": "text", **fields}
    return {"type": "input", "block_id": block_id, "element": element, **block}


BUTTONS = {
    "type": "actions",
    "block_id": "controls",
    "elements": [{"type": "button", "action_id": "go"}, {"type": "datepicker", "action_id": "day"}],
}


def typed(value: str | None) -> dict[str, Any]:
    return {"text": {"type": "plain_text_input", "value": value}}


def test_inputs_with_the_same_action_id_are_distinguished_by_block() -> None:
    entered = {"a": {"text": "1"}, "b": {"text": "2"}}

    values = submitted_values([text_input("a"), text_input("b")], known={}, entered=entered)

    assert values == {"a": typed("1"), "b": typed("2")}


def test_stateful_elements_in_actions_blocks_are_in_the_state() -> None:
    values = state_values([BUTTONS], known={}, entered={"day": "2026-01-31"})

    assert values == {"controls": {"day": {"type": "datepicker", "selected_date": "2026-01-31"}}}


def test_known_values_are_kept_until_cleared() -> None:
    blocks = [text_input("a", optional=True, initial_value="at first")]

    assert submitted_values(blocks, known={}, entered={}) == {"a": typed("at first")}
    assert submitted_values(blocks, known={"a": typed("2")}, entered={}) == {"a": typed("2")}
    assert submitted_values(blocks, known={}, entered={"text": None}) == {"a": typed(None)}


def test_incomplete_values_are_no_error_before_submission() -> None:
    blocks = [text_input("a", min_length=5)]

    assert state_values(blocks, known={"a": typed("12345")}, entered={"text": "1"}) == {
        "a": typed("12345")
    }


def test_all_errors_are_reported_together() -> None:
    blocks = [text_input("a"), text_input("b", max_length=1), text_input("c")]
    entered = {"b": {"text": "xx"}, "c": {"text": "fine"}}

    with pytest.raises(SlackError) as refused:
        submitted_values(blocks, known={}, entered=entered)

    assert refused.value.body() == {
        "ok": False,
        "error": "missing_input",
        "block_id": "a",
        "action_id": "text",
        "errors": {
            "a": "Please complete this required field.",
            "b": "Enter at most 1 character.",
        },
    }


def test_an_update_keeps_values_of_inputs_that_stay() -> None:
    known = {"a": typed("1"), "b": typed("2")}
    now_a_date = {
        "type": "input",
        "block_id": "b",
        "element": {"type": "datepicker", "action_id": "text"},
    }

    assert retained_values([text_input("a"), now_a_date], known) == {"a": typed("1")}


def test_files_are_added_on_submission() -> None:
    element = {"type": "file_input", "action_id": "file", "filetypes": ["sql"]}
    block = {"type": "input", "block_id": "f", "element": element}

    values = state_values([block], known={}, entered={"file": [{"name": "a.sql", "text": "x"}]})

    assert values == {"f": {"file": {"type": "file_input", "files": []}}}
