"""Modals and home tabs."""

from typing import Any

import pytest

from odps_bot.sandbox.slack.block_kit import check_view

SQL = {
    "type": "input",
    "label": {"type": "plain_text", "text": "SQL"},
    "element": {"type": "plain_text_input", "multiline": True},
}


def asks(element: dict[str, Any]) -> dict[str, Any]:
    return {"type": "input", "label": {"type": "plain_text", "text": "A"}, "element": element}


def modal(**fields: Any) -> dict[str, Any]:
    title = {"type": "plain_text", "text": "Run SQL"}
    return {"type": "modal", "title": title, "blocks": [{"type": "divider"}], **fields}


def test_a_valid_modal_is_accepted() -> None:
    submit = {"type": "plain_text", "text": "Run"}

    assert check_view(modal(blocks=[SQL], submit=submit, private_metadata="x" * 3000)) == []


def test_a_home_tab_needs_no_title() -> None:
    assert check_view({"type": "home", "blocks": []}) == []


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ({}, "missing required field: type [json-pointer:/view]"),
        ({"type": "sheet"}, "unsupported type: sheet [json-pointer:/view/type]"),
        (
            {"type": "modal", "blocks": []},
            "missing required field: title [json-pointer:/view]",
        ),
        (
            modal(title={"type": "plain_text", "text": "x" * 25}),
            "must be less than 25 characters [json-pointer:/view/title/text]",
        ),
        (
            {"type": "home", "blocks": [asks({"type": "file_input"})]},
            "unsupported type: file_input [json-pointer:/view/blocks/0/element/type]",
        ),
        (
            modal(blocks=[asks({"type": "datepicker", "focus_on_load": True})] * 2),
            (
                "only one element can have `focus_on_load` "
                "[json-pointer:/view/blocks/1/element/focus_on_load]"
            ),
        ),
        (modal(blocks=[SQL]), "missing required field: submit [json-pointer:/view]"),
        (
            modal(blocks=[{"type": "markdown", "text": "a"}]),
            "unsupported type: markdown [json-pointer:/view/blocks/0/type]",
        ),
        (
            modal(blocks=[{"type": "divider"}] * 101),
            "no more than 100 items allowed [json-pointer:/view/blocks]",
        ),
        (
            modal(private_metadata="x" * 3001),
            "must be less than 3001 characters [json-pointer:/view/private_metadata]",
        ),
    ],
)
def test_invalid_views_are_refused(view: dict[str, Any], said: str) -> None:
    assert str(check_view(view)[0]) == said
