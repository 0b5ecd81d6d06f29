"""Valid blocks, and the errors of invalid ones."""

import pytest

from odps_bot.sandbox.slack.block_kit import check_blocks, fill_in_ids, text_length

from .blocks import (
    Block,
    actions,
    bars,
    button,
    cell,
    data_table,
    mrkdwn,
    option,
    pie,
    plain,
    rich,
    task,
)

CONFIRM = {
    "title": plain("Stop?"),
    "text": mrkdwn("*All* of it"),
    "confirm": plain("Stop"),
    "deny": plain("Keep"),
}

TAKEN: dict[str, Block] = {
    "section with text": {"type": "section", "text": mrkdwn("*hi*"), "block_id": "b"},
    "section with fields": {"type": "section", "fields": [mrkdwn("a"), plain("b")]},
    "section with overflow": {
        "type": "section",
        "text": plain("a"),
        "accessory": {"type": "overflow", "action_id": "more", "options": [option()]},
    },
    "header": {"type": "header", "text": {**plain("x" * 150), "emoji": True}},
    "context": {
        "type": "context",
        "elements": [mrkdwn("a"), {"type": "image", "image_url": "https://x/y", "alt_text": "y"}],
    },
    "actions": actions(
        button(style="danger", value="v" * 2000, confirm=CONFIRM),
        button(action_id="log", url="https://logview.example"),
        {"type": "static_select", "options": [option()], "placeholder": plain("Pick")},
        {"type": "users_select"},
        {"type": "datepicker", "initial_date": "2026-11-22"},
    ),
    "divider": {"type": "divider"},
    "image": {"type": "image", "image_url": "https://x/y", "alt_text": "a chart"},
    "rich text": {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [
                    {
                        "type": "rich_text_section",
                        "elements": [
                            {"type": "text", "text": "a", "style": {"bold": True}},
                            {"type": "link", "url": "https://x", "text": "x"},
                            {"type": "user", "user_id": "U1"},
                            {"type": "emoji", "name": "tada"},
                        ],
                    }
                ],
            },
            {
                "type": "rich_text_preformatted",
                "elements": [{"type": "text", "text": "select 1"}],
                "border": 0,
            },
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "q"}]},
        ],
    },
    "table": {
        "type": "table",
        "rows": [[cell(), rich("y")], [cell()]],
        "column_settings": [None, {"align": "right", "is_wrapped": True}],
    },
    "data table": data_table(
        [cell("id"), cell("n")],
        *[[cell("a"), {"type": "raw_number", "value": 1.5, "text": "1.50"}]] * 200,
        page_size=100,
        row_header_column_index=1,
    ),
    "plan": {
        "type": "plan",
        "title": "Stages",
        "tasks": [
            task("1", "pending"),
            task("2", "complete", details=rich("5 of 5"), output=rich("done")),
            task("3", "error", sources=[{"type": "url", "url": "https://x", "text": "log"}]),
        ],
    },
    "task card": {"type": "task_card", **task()},
    "markdown": {"type": "markdown", "text": "# hi"},
    "input": {
        "type": "input",
        "label": plain("SQL"),
        "element": {"type": "plain_text_input", "multiline": True, "max_length": 3000},
    },
    "container": {
        "type": "container",
        "title": plain("SQL"),
        "is_collapsible": True,
        "default_collapsed": True,
        "child_blocks": [actions(button()), rich("select 1")],
    },
    "pie": pie({"label": "cn", "value": 3}),
    "bars": bars(["a", "b"], ("x", ["b", "a"])),
    "context actions": {
        "type": "context_actions",
        "elements": [{"type": "icon_button", "icon": "trash", "text": plain("Delete")}],
    },
    "card": {"type": "card", "title": plain("Run"), "actions": [button()]},
}

#: The block, then the first thing that is said of it.
REFUSED: dict[str, tuple[Block, str]] = {
    "no type": ({"text": plain("a")}, "missing required field: type [json-pointer:/blocks/0]"),
    "an unknown type": (
        {"type": "marquee"},
        "unsupported type: marquee [json-pointer:/blocks/0/type]",
    ),
    "a block of modals": (
        {"type": "alert", "text": plain("a")},
        "unsupported type: alert [json-pointer:/blocks/0/type]",
    ),
    "an unknown field": (
        {"type": "divider", "colour": "red"},
        "invalid additional property: colour [json-pointer:/blocks/0]",
    ),
    "a section without content": (
        {"type": "section"},
        "must define either `text` or `fields` [json-pointer:/blocks/0]",
    ),
    "eleven fields": (
        {"type": "section", "fields": [plain("a")] * 11},
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ),
    "emoji in mrkdwn": (
        {"type": "context", "elements": [{**mrkdwn("a"), "emoji": True}]},
        "invalid additional property: emoji [json-pointer:/blocks/0/elements/0]",
    ),
    "a header in mrkdwn": (
        {"type": "header", "text": mrkdwn("a")},
        "must be one of: plain_text [json-pointer:/blocks/0/text/type]",
    ),
    "a long header": (
        {"type": "header", "text": plain("x" * 151)},
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    "an empty text": (
        {"type": "header", "text": plain("")},
        "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
    ),
    "text as a string": (
        {"type": "header", "text": "a"},
        "must provide an object [json-pointer:/blocks/0/text]",
    ),
    "null": (
        {"type": "divider", "block_id": None},
        "must provide a string [json-pointer:/blocks/0/block_id]",
    ),
    "no elements": (
        actions(),
        "no less than 1 items allowed [json-pointer:/blocks/0/elements]",
    ),
    "26 elements": (
        actions(*[button(action_id=str(number)) for number in range(26)]),
        "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    ),
    "an unknown style": (
        actions(button(style="warning")),
        "must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]",
    ),
    "a long value": (
        actions(button(value="v" * 2001)),
        "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ),
    "half a confirm": (
        actions(button(confirm={"title": plain("a"), "text": plain("b")})),
        "missing required field: confirm [json-pointer:/blocks/0/elements/0/confirm]",
    ),
    "the same action twice": (
        actions(button(), button()),
        "`action_id` must be unique in its block [json-pointer:/blocks/0/elements/1/action_id]",
    ),
    "a text input among actions": (
        actions({"type": "plain_text_input"}),
        "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
    ),
    "options and groups": (
        actions(
            {
                "type": "static_select",
                "options": [option()],
                "option_groups": [{"label": plain("g"), "options": [option()]}],
            }
        ),
        "must define either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]",
    ),
    "a button in a context": (
        {"type": "context", "elements": [button()]},
        "unsupported type: button [json-pointer:/blocks/0/elements/0/type]",
    ),
    "a plan with a text object": (
        {"type": "plan", "title": plain("a"), "tasks": [task()]},
        "must provide a string [json-pointer:/blocks/0/title]",
    ),
    "tasks of one id": (
        {"type": "plan", "title": "a", "tasks": [task(), task()]},
        "`task_id` must be unique [json-pointer:/blocks/0/tasks/1/task_id]",
    ),
    "51 tasks": (
        {"type": "plan", "title": "a", "tasks": [task(str(number)) for number in range(51)]},
        "no more than 50 items allowed [json-pointer:/blocks/0/tasks]",
    ),
    "an unknown status": (
        {"type": "plan", "title": "a", "tasks": [task(status="completed")]},
        (
            "must be one of: pending, in_progress, complete, error "
            "[json-pointer:/blocks/0/tasks/0/status]"
        ),
    ),
    "a task card that waits": (
        {"type": "task_card", **task(status="pending")},
        "a task_card outside a plan must not be pending [json-pointer:/blocks/0/status]",
    ),
    "a language of preformatted text": (
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_preformatted", "elements": [], "language": "sql"}],
        },
        "invalid additional property: language [json-pointer:/blocks/0/elements/0]",
    ),
    "a long markdown": (
        {"type": "markdown", "text": "x" * 12_001},
        "must be less than 12001 characters [json-pointer:/blocks/0/text]",
    ),
    "a table of data in a container": (
        {
            "type": "container",
            "title": plain("a"),
            "child_blocks": [data_table([cell()], [cell()])],
        },
        "unsupported type: data_table [json-pointer:/blocks/0/child_blocks/0/type]",
    ),
    "a container without a title": (
        {"type": "container", "child_blocks": [{"type": "divider"}]},
        "must define either `title` or `rich_text_title` [json-pointer:/blocks/0]",
    ),
    "an image of two sources": (
        {
            "type": "image",
            "alt_text": "a",
            "image_url": "https://x",
            "slack_file": {"id": "F1"},
        },
        "must define either `image_url` or `slack_file` [json-pointer:/blocks/0]",
    ),
    "a bound that is no number": (
        {
            "type": "input",
            "label": plain("a"),
            "element": {"type": "number_input", "is_decimal_allowed": True, "min_value": "few"},
        },
        "must be a number [json-pointer:/blocks/0/element/min_value]",
    ),
    "an inverted range": (
        {
            "type": "input",
            "label": plain("a"),
            "element": {"type": "plain_text_input", "min_length": 5, "max_length": 4},
        },
        "`min_length` must not be greater than `max_length` [json-pointer:/blocks/0/element]",
    ),
}


@pytest.mark.parametrize("block", TAKEN.values(), ids=TAKEN.keys())
def test_valid_blocks_are_accepted(block: Block) -> None:
    assert check_blocks([block], surface="message") == []


@pytest.mark.parametrize(("block", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_invalid_blocks_are_refused_with_their_pointer(block: Block, said: str) -> None:
    problems = check_blocks([block], surface="message")

    assert str(problems[0]) == said


def test_a_long_section_is_refused_with_slacks_messages() -> None:
    problems = check_blocks([{"type": "section", "text": mrkdwn("x" * 3001)}], surface="message")

    assert [str(problem) for problem in problems] == [
        "failed to match all allowed schemas [json-pointer:/blocks/0/text]",
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ]


def test_51_blocks_are_too_many_for_a_message_but_not_for_a_home_tab() -> None:
    blocks = [{"type": "divider"}] * 51

    assert [str(problem) for problem in check_blocks(blocks, surface="message")] == [
        "no more than 50 items allowed [json-pointer:/blocks]"
    ]
    assert check_blocks(blocks, surface="home") == []


def test_a_block_id_must_be_unique_even_inside_a_container() -> None:
    divider = {"type": "divider", "block_id": "x"}
    container = {"type": "container", "title": plain("a"), "child_blocks": [divider]}

    problems = check_blocks([divider, container], surface="message")

    assert [problem.pointer for problem in problems] == ["/blocks/1/child_blocks/0/block_id"]


@pytest.mark.parametrize(
    ("blocks", "said"),
    [
        (
            [{"type": "table", "rows": [[cell()]]}, data_table([cell()], [cell()])],
            "only_one_table_allowed",
        ),
        ([pie({"label": "a", "value": 1})] * 3, "no more than 2 blocks of type data_visualization"),
        ([{"type": "markdown", "text": "x" * 7_000}] * 2, "markdown blocks must have less than"),
        ([data_table([cell()], [cell()])] * 2, "only_one_table_allowed"),
    ],
)
def test_some_limits_hold_for_all_blocks_together(blocks: list[Block], said: str) -> None:
    problems = check_blocks(blocks, surface="message")

    assert problems[0].message.startswith(said)


def test_lengths_count_characters_not_bytes() -> None:
    assert check_blocks([{"type": "header", "text": plain("数" * 150)}], surface="message") == []


def test_cells_do_not_count_towards_the_text_of_a_message() -> None:
    blocks = [{"type": "section", "text": plain("four")}, data_table([cell()], [cell()])]

    assert text_length(blocks) == 4


def test_missing_block_and_action_ids_are_generated() -> None:
    container = {
        "type": "container",
        "title": plain("a"),
        "child_blocks": [{"type": "section", "text": plain("a"), "accessory": button()}],
    }

    nameless, named, outer = fill_in_ids(
        [
            actions({"type": "button", "text": plain("a")}),
            actions(button(), block_id="b"),
            container,
        ]
    )

    assert nameless["block_id"]
    assert nameless["elements"][0]["action_id"]
    assert named == actions(button(), block_id="b")
    assert outer["child_blocks"][0]["block_id"]
