"""Block elements, and the blocks that can hold them.

https://docs.slack.dev/reference/block-kit/block-elements
"""

from collections.abc import Iterator, Mapping
from typing import Any

from odps_bot.sandbox.slack.block_kit import limits
from odps_bot.sandbox.slack.block_kit.objects import (
    ACTION_ID,
    CHOICE,
    CONFIRM,
    CONVERSATION_FILTER,
    DISPATCH_ACTION_CONFIG,
    IMAGE_ELEMENT,
    OPTION,
    OPTION_GROUP,
    OVERFLOW_OPTION,
    either,
    mrkdwn,
    plain_text,
)
from odps_bot.sandbox.slack.block_kit.rich_text import RICH_TEXT
from odps_bot.sandbox.slack.block_kit.schema import (
    Boolean,
    ListOf,
    Number,
    NumberText,
    Object,
    Problem,
    Rule,
    Shape,
    String,
    typed,
)

_STYLE = String(choices=("primary", "danger"))
_QUERY = Number(minimum=limits.SELECT_MIN_QUERY_LENGTH_MIN, is_whole=True)
_PLACEHOLDER = plain_text(limits.SELECT_PLACEHOLDER_MAX_LENGTH)
_COMMON: Mapping[str, Shape] = {"action_id": ACTION_ID, "confirm": CONFIRM}
_FOCUS: Mapping[str, Shape] = {"focus_on_load": Boolean()}
_ENTRY: Mapping[str, Shape] = {
    "action_id": ACTION_ID,
    "placeholder": plain_text(limits.PLAIN_TEXT_INPUT_PLACEHOLDER_MAX_LENGTH),
    "dispatch_action_config": DISPATCH_ACTION_CONFIG,
    "focus_on_load": Boolean(),
}
_OPTIONS = ListOf(
    item=OPTION, minimum=limits.SELECT_OPTIONS_MIN_ITEMS, maximum=limits.SELECT_OPTIONS_MAX_ITEMS
)
_OPTION_GROUPS = ListOf(
    item=OPTION_GROUP,
    minimum=limits.SELECT_OPTION_GROUPS_MIN_ITEMS,
    maximum=limits.SELECT_OPTION_GROUPS_MAX_ITEMS,
)
_IDS = ListOf(item=String(minimum=1))


def _select(
    source: str, *, one: Mapping[str, Shape], many: Mapping[str, Shape]
) -> dict[str, Shape]:
    """Return the single-select and the multi-select menu of a source."""
    rules = (either("options", "option_groups"),) if source == "static" else ()
    menu = {**_COMMON, **_FOCUS, "placeholder": _PLACEHOLDER}
    selected = Number(minimum=limits.MULTI_SELECT_MAX_SELECTED_ITEMS_MIN, is_whole=True)
    single, multiple = f"{source}_select", f"multi_{source}_select"
    return {
        single: typed(single, {**menu, **one}, rules=rules),
        multiple: typed(multiple, {**menu, **many, "max_selected_items": selected}, rules=rules),
    }


def _refuse_inverted(lower: str, upper: str) -> Rule:
    def rule(value: Any, at: str) -> Iterator[Problem]:
        if lower in value and upper in value and float(value[lower]) > float(value[upper]):
            yield Problem(f"`{lower}` must not be greater than `{upper}`", at)

    return rule


def _require_prompt(button: Any, at: str) -> Iterator[Problem]:
    if "agent_prompt_display" in button and "agent_prompt" not in button:
        yield Problem("`agent_prompt_display` needs `agent_prompt`", at)


_RESPONSE_URL: Mapping[str, Shape] = {"response_url_enabled": Boolean()}
_SELECTS: dict[str, Shape] = {
    **_select(
        "static",
        one={"options": _OPTIONS, "option_groups": _OPTION_GROUPS, "initial_option": OPTION},
        many={
            "options": _OPTIONS,
            "option_groups": _OPTION_GROUPS,
            "initial_options": ListOf(item=OPTION, minimum=1),
        },
    ),
    **_select(
        "external",
        one={"min_query_length": _QUERY, "initial_option": OPTION},
        many={"min_query_length": _QUERY, "initial_options": ListOf(item=OPTION, minimum=1)},
    ),
    **_select("users", one={"initial_user": String(minimum=1)}, many={"initial_users": _IDS}),
    **_select(
        "channels",
        one={"initial_channel": String(minimum=1), **_RESPONSE_URL},
        many={"initial_channels": _IDS},
    ),
    **_select(
        "conversations",
        one={
            "initial_conversation": String(minimum=1),
            "default_to_current_conversation": Boolean(),
            "filter": CONVERSATION_FILTER,
            **_RESPONSE_URL,
        },
        many={
            "initial_conversations": _IDS,
            "default_to_current_conversation": Boolean(),
            "filter": CONVERSATION_FILTER,
        },
    ),
}

_BUTTON = typed(
    "button",
    {
        **_COMMON,
        "text": plain_text(limits.BUTTON_TEXT_MAX_LENGTH),
        "url": String(minimum=1, maximum=limits.BUTTON_URL_MAX_LENGTH),
        "value": String(maximum=limits.BUTTON_VALUE_MAX_LENGTH),
        "style": _STYLE,
        "accessibility_label": String(maximum=limits.BUTTON_ACCESSIBILITY_LABEL_MAX_LENGTH),
        "agent_prompt": String(minimum=1, maximum=limits.BUTTON_AGENT_PROMPT_MAX_LENGTH),
        "agent_prompt_display": String(minimum=1),
    },
    required=("text",),
    rules=(_require_prompt,),
)
_WORKFLOW_BUTTON = typed(
    "workflow_button",
    {
        "action_id": ACTION_ID,
        "text": plain_text(limits.BUTTON_TEXT_MAX_LENGTH),
        "workflow": Object(
            fields={
                "trigger": Object(
                    fields={
                        "url": String(minimum=1),
                        "customizable_input_parameters": ListOf(
                            item=Object(fields={"name": String(), "value": String()})
                        ),
                    },
                    required=("url",),
                )
            },
            required=("trigger",),
        ),
        "style": _STYLE,
        "accessibility_label": String(maximum=limits.BUTTON_ACCESSIBILITY_LABEL_MAX_LENGTH),
    },
    required=("text", "workflow"),
)
_CHECKBOXES = typed(
    "checkboxes",
    {
        **_COMMON,
        **_FOCUS,
        "options": ListOf(
            item=CHOICE,
            minimum=limits.CHECKBOXES_OPTIONS_MIN_ITEMS,
            maximum=limits.CHECKBOXES_OPTIONS_MAX_ITEMS,
        ),
        "initial_options": ListOf(item=CHOICE, minimum=1),
    },
    required=("options",),
)
_RADIO_BUTTONS = typed(
    "radio_buttons",
    {
        **_COMMON,
        **_FOCUS,
        "options": ListOf(
            item=CHOICE,
            minimum=limits.RADIO_BUTTONS_OPTIONS_MIN_ITEMS,
            maximum=limits.RADIO_BUTTONS_OPTIONS_MAX_ITEMS,
        ),
        "initial_option": CHOICE,
    },
    required=("options",),
)
_OVERFLOW = typed(
    "overflow",
    {
        **_COMMON,
        "options": ListOf(
            item=OVERFLOW_OPTION,
            minimum=limits.OVERFLOW_OPTIONS_MIN_ITEMS,
            maximum=limits.OVERFLOW_OPTIONS_MAX_ITEMS,
        ),
    },
    required=("options",),
)
_PICKERS: dict[str, Shape] = {
    "datepicker": typed(
        "datepicker",
        {**_COMMON, **_FOCUS, "placeholder": _PLACEHOLDER, "initial_date": String(minimum=10)},
    ),
    "timepicker": typed(
        "timepicker",
        {
            **_COMMON,
            **_FOCUS,
            "placeholder": _PLACEHOLDER,
            "initial_time": String(minimum=5, maximum=5),
            "timezone": String(minimum=1),
        },
    ),
    "datetimepicker": typed(
        "datetimepicker", {**_COMMON, **_FOCUS, "initial_date_time": Number(is_whole=True)}
    ),
}
_RICH_TEXT_INPUT = typed(
    "rich_text_input",
    {
        **_ENTRY,
        "initial_value": RICH_TEXT,
        "min_lines": Number(
            minimum=limits.RICH_TEXT_INPUT_MIN_LINES_MIN,
            maximum=limits.RICH_TEXT_INPUT_MIN_LINES_MAX,
            is_whole=True,
        ),
        "max_lines": Number(
            minimum=limits.RICH_TEXT_INPUT_MAX_LINES_MIN,
            maximum=limits.RICH_TEXT_INPUT_MAX_LINES_MAX,
            is_whole=True,
        ),
    },
    rules=(_refuse_inverted("min_lines", "max_lines"),),
)
_PLAIN_TEXT_INPUT = typed(
    "plain_text_input",
    {
        **_ENTRY,
        "initial_value": String(maximum=limits.PLAIN_TEXT_INPUT_MAX_LENGTH_MAX),
        "multiline": Boolean(),
        "min_length": Number(
            minimum=limits.PLAIN_TEXT_INPUT_MIN_LENGTH_MIN,
            maximum=limits.PLAIN_TEXT_INPUT_MIN_LENGTH_MAX,
            is_whole=True,
        ),
        "max_length": Number(
            minimum=limits.PLAIN_TEXT_INPUT_MAX_LENGTH_MIN,
            maximum=limits.PLAIN_TEXT_INPUT_MAX_LENGTH_MAX,
            is_whole=True,
        ),
    },
    rules=(_refuse_inverted("min_length", "max_length"),),
)
_NUMBER_INPUT = typed(
    "number_input",
    {
        **_ENTRY,
        "is_decimal_allowed": Boolean(),
        "initial_value": NumberText(),
        "min_value": NumberText(),
        "max_value": NumberText(),
    },
    required=("is_decimal_allowed",),
    rules=(_refuse_inverted("min_value", "max_value"),),
)
_FILE_INPUT = typed(
    "file_input",
    {
        "action_id": ACTION_ID,
        "filetypes": ListOf(item=String(minimum=1)),
        "max_files": Number(
            minimum=limits.FILE_INPUT_MAX_FILES_MIN,
            maximum=limits.FILE_INPUT_MAX_FILES_MAX,
            is_whole=True,
        ),
    },
)
_FEEDBACK_BUTTON = Object(
    fields={
        "text": plain_text(limits.FEEDBACK_BUTTON_TEXT_MAX_LENGTH),
        "value": String(maximum=limits.FEEDBACK_BUTTON_VALUE_MAX_LENGTH),
        "accessibility_label": String(
            maximum=limits.FEEDBACK_BUTTON_ACCESSIBILITY_LABEL_MAX_LENGTH
        ),
    },
    required=("text", "value"),
)
_FEEDBACK_BUTTONS = typed(
    "feedback_buttons",
    {
        "action_id": ACTION_ID,
        "positive_button": _FEEDBACK_BUTTON,
        "negative_button": _FEEDBACK_BUTTON,
    },
    required=("positive_button", "negative_button"),
)
_ICON_BUTTON = typed(
    "icon_button",
    {
        **_COMMON,
        "icon": String(choices=("trash",)),
        "text": plain_text(),
        "value": String(maximum=limits.ICON_BUTTON_VALUE_MAX_LENGTH),
        "accessibility_label": String(maximum=limits.ICON_BUTTON_ACCESSIBILITY_LABEL_MAX_LENGTH),
        "visible_to_user_ids": ListOf(
            item=String(minimum=1), maximum=limits.ICON_BUTTON_VISIBLE_TO_USER_IDS_MAX_ITEMS
        ),
    },
    required=("icon", "text"),
)

_CHOOSERS: dict[str, Shape] = {
    **_SELECTS,
    **_PICKERS,
    "checkboxes": _CHECKBOXES,
    "radio_buttons": _RADIO_BUTTONS,
}
BUTTONS: dict[str, Shape] = {"button": _BUTTON, "workflow_button": _WORKFLOW_BUTTON}
IN_ACTIONS: dict[str, Shape] = {
    **BUTTONS,
    **_CHOOSERS,
    "overflow": _OVERFLOW,
    "rich_text_input": _RICH_TEXT_INPUT,
}
BESIDE_SECTION: dict[str, Shape] = {
    **BUTTONS,
    **{kind: shape for kind, shape in _CHOOSERS.items() if kind != "datetimepicker"},
    "overflow": _OVERFLOW,
    "image": IMAGE_ELEMENT,
}
IN_INPUT: dict[str, Shape] = {
    **_CHOOSERS,
    "plain_text_input": _PLAIN_TEXT_INPUT,
    "rich_text_input": _RICH_TEXT_INPUT,
    "number_input": _NUMBER_INPUT,
    "email_text_input": typed("email_text_input", {**_ENTRY, "initial_value": String()}),
    "url_text_input": typed("url_text_input", {**_ENTRY, "initial_value": String()}),
    "file_input": _FILE_INPUT,
}
IN_CONTEXT: dict[str, Shape] = {
    "plain_text": plain_text(),
    "mrkdwn": mrkdwn(),
    "image": IMAGE_ELEMENT,
}
IN_CONTEXT_ACTIONS: dict[str, Shape] = {
    "feedback_buttons": _FEEDBACK_BUTTONS,
    "icon_button": _ICON_BUTTON,
}
