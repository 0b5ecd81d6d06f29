"""Values of input elements and their validation."""

from typing import Any

import pytest

from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.input_values import has_state, initial_value, is_empty, read_input


def option(value: str) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": value.upper()}, "value": value}


A, B = option("a"), option("b")
OPTIONS = {"options": [A, B]}
FILE = {"id": "F1", "filetype": "sql"}


@pytest.mark.parametrize(
    ("element", "value", "entry"),
    [
        ({"type": "plain_text_input"}, "select 1", {"value": "select 1"}),
        ({"type": "plain_text_input"}, "", {"value": None}),
        ({"type": "number_input", "is_decimal_allowed": True}, "1.50", {"value": "1.50"}),
        ({"type": "email_text_input"}, "a@b.example", {"value": "a@b.example"}),
        ({"type": "url_text_input"}, "https://a.example", {"value": "https://a.example"}),
        ({"type": "static_select", **OPTIONS}, "b", {"selected_option": B}),
        ({"type": "static_select", **OPTIONS}, B, {"selected_option": B}),
        ({"type": "static_select", **OPTIONS}, None, {"selected_option": None}),
        (
            {"type": "static_select", "option_groups": [{"options": [A]}, {"options": [B]}]},
            "b",
            {"selected_option": B},
        ),
        ({"type": "external_select"}, A, {"selected_option": A}),
        ({"type": "radio_buttons", **OPTIONS}, "a", {"selected_option": A}),
        ({"type": "overflow", **OPTIONS}, "a", {"selected_option": A}),
        ({"type": "multi_static_select", **OPTIONS}, ["b", "a"], {"selected_options": [B, A]}),
        ({"type": "checkboxes", **OPTIONS}, [], {"selected_options": []}),
        ({"type": "checkboxes", **OPTIONS}, None, {"selected_options": []}),
        ({"type": "users_select"}, "U1", {"selected_user": "U1"}),
        ({"type": "multi_users_select"}, ["U1", "U2"], {"selected_users": ["U1", "U2"]}),
        ({"type": "channels_select"}, "C1", {"selected_channel": "C1"}),
        ({"type": "conversations_select"}, "C1", {"selected_conversation": "C1"}),
        ({"type": "multi_conversations_select"}, ["C1"], {"selected_conversations": ["C1"]}),
        ({"type": "datepicker"}, "2026-01-31", {"selected_date": "2026-01-31"}),
        ({"type": "timepicker"}, "23:05", {"selected_time": "23:05"}),
        ({"type": "datetimepicker"}, 1_767_225_600, {"selected_date_time": 1_767_225_600}),
        ({"type": "file_input"}, [FILE], {"files": [FILE]}),
        ({"type": "button", "value": "v"}, None, {"value": "v"}),
        ({"type": "button"}, "ignored", {}),
    ],
)
def test_a_value_is_in_the_field_of_its_payload(
    element: dict[str, Any], value: Any, entry: dict[str, Any]
) -> None:
    assert read_input(element, value) == entry


def test_a_text_becomes_rich_text() -> None:
    entry = read_input({"type": "rich_text_input"}, "hi")

    assert entry["rich_text_value"]["elements"][0]["elements"] == [{"type": "text", "text": "hi"}]


NUMBER = {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "9"}


@pytest.mark.parametrize(
    ("element", "value", "code", "message"),
    [
        (
            {"type": "plain_text_input"},
            "x" * 3_001,
            "input_too_long",
            "Enter at most 3,000 characters.",
        ),
        (
            {"type": "plain_text_input", "max_length": 2},
            "xyz",
            "input_too_long",
            "Enter at most 2 characters.",
        ),
        (
            {"type": "plain_text_input", "min_length": 2},
            "x",
            "input_too_short",
            "Enter at least 2 characters.",
        ),
        (NUMBER, "x", "invalid_number", "Enter a number."),
        (NUMBER, "NaN", "invalid_number", "Enter a number."),
        (NUMBER, "1.5", "invalid_number", "Enter a whole number."),
        (NUMBER, "0", "invalid_number", "Enter 1 or more."),
        (NUMBER, "10", "invalid_number", "Enter 9 or less."),
        ({"type": "email_text_input"}, "a", "invalid_email", "Enter a valid email address."),
        (
            {"type": "url_text_input"},
            "ftp://x",
            "invalid_url",
            "Enter a valid link, with https://.",
        ),
        ({"type": "static_select", **OPTIONS}, "c", "invalid_option", "Choose one of the options."),
        (
            {"type": "multi_users_select", "max_selected_items": 1},
            ["U1", "U2"],
            "too_many_selected",
            "Choose at most 1.",
        ),
        ({"type": "datepicker"}, "31.1.26", "invalid_date", "Enter a date like 2026-01-31."),
        ({"type": "datepicker"}, "2026-02-30", "invalid_date", "There is no such date."),
        ({"type": "timepicker"}, "24:00", "invalid_date", "There is no such time."),
        ({"type": "datetimepicker"}, "soon", "invalid_date", "Enter a date and a time."),
        (
            {"type": "file_input", "filetypes": ["csv"]},
            [FILE],
            "invalid_file",
            "Choose a file of these kinds: csv.",
        ),
        (
            {"type": "file_input", "max_files": 1},
            [FILE] * 2,
            "too_many_selected",
            "Choose at most 1.",
        ),
    ],
)
def test_invalid_values_are_refused(
    element: dict[str, Any], value: Any, code: str, message: str
) -> None:
    with pytest.raises(SlackError) as refused:
        read_input(element, value)

    assert (refused.value.code, refused.value.details["message"]) == (code, message)


@pytest.mark.parametrize(
    ("element", "entry"),
    [
        ({"type": "plain_text_input"}, {"value": None}),
        ({"type": "plain_text_input", "initial_value": "a"}, {"value": "a"}),
        ({"type": "static_select", "initial_option": A}, {"selected_option": A}),
        ({"type": "checkboxes"}, {"selected_options": []}),
        ({"type": "multi_users_select", "initial_users": ["U1"]}, {"selected_users": ["U1"]}),
        ({"type": "datetimepicker", "initial_date_time": 1}, {"selected_date_time": 1}),
        ({"type": "file_input"}, {"files": []}),
    ],
)
def test_an_unused_element_has_its_initial_value(
    element: dict[str, Any], entry: dict[str, Any]
) -> None:
    assert initial_value(element) == entry
    assert is_empty({"type": element["type"], **entry}) == (not any(entry.values()))


def test_buttons_and_overflow_menus_have_no_state() -> None:
    assert not has_state({"type": "button"})
    assert not has_state({"type": "overflow"})
    assert has_state({"type": "checkboxes"})
