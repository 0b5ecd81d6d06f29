"""Rich text (https://docs.slack.dev/reference/block-kit/blocks/rich-text-block)."""

from odps_bot.sandbox.slack.block_kit import limits
from odps_bot.sandbox.slack.block_kit.schema import (
    Boolean,
    ListOf,
    Number,
    Object,
    Shape,
    String,
    one_of,
    typed,
)

_BORDER = Number(
    minimum=limits.RICH_TEXT_LIST_BORDER_MIN,
    maximum=limits.RICH_TEXT_LIST_BORDER_MAX,
    is_whole=True,
)
_STYLE = Object(
    fields={
        name: Boolean()
        for name in (
            "bold",
            "italic",
            "strike",
            "code",
            "underline",
            "highlight",
            "client_highlight",
            "unlink",
        )
    }
)


def _leaf(kind: str, fields: dict[str, Shape], *, required: tuple[str, ...]) -> Object:
    return typed(kind, {**fields, "style": _STYLE}, required=required)


_TEXT = _leaf("text", {"text": String(minimum=1)}, required=("text",))
_LINK = _leaf(
    "link",
    {"url": String(minimum=1), "text": String(), "unsafe": Boolean()},
    required=("url",),
)
_LEAVES: dict[str, Shape] = {
    "text": _TEXT,
    "link": _LINK,
    "emoji": _leaf(
        "emoji",
        {
            "name": String(minimum=1),
            "unicode": String(),
            "url": String(),
            "skin_tone": Number(is_whole=True),
        },
        required=("name",),
    ),
    "user": _leaf("user", {"user_id": String(minimum=1)}, required=("user_id",)),
    "usergroup": _leaf(
        "usergroup", {"usergroup_id": String(minimum=1)}, required=("usergroup_id",)
    ),
    "channel": _leaf("channel", {"channel_id": String(minimum=1)}, required=("channel_id",)),
    "team": _leaf("team", {"team_id": String(minimum=1)}, required=("team_id",)),
    "broadcast": _leaf(
        "broadcast", {"range": String(choices=("here", "channel", "everyone"))}, required=("range",)
    ),
    "color": _leaf("color", {"value": String(minimum=1)}, required=("value",)),
    "date": _leaf(
        "date",
        {
            "timestamp": Number(is_whole=True),
            "format": String(minimum=1),
            "url": String(),
            "fallback": String(),
        },
        required=("timestamp", "format"),
    ),
}
_LINE = ListOf(item=one_of(_LEAVES))
_SECTION = typed("rich_text_section", {"elements": _LINE}, required=("elements",))

_PARTS: dict[str, Shape] = {
    "rich_text_section": _SECTION,
    "rich_text_list": typed(
        "rich_text_list",
        {
            "style": String(choices=("bullet", "ordered")),
            "elements": ListOf(item=one_of({"rich_text_section": _SECTION})),
            "indent": Number(
                minimum=limits.RICH_TEXT_LIST_INDENT_MIN,
                maximum=limits.RICH_TEXT_LIST_INDENT_MAX,
                is_whole=True,
            ),
            "offset": Number(minimum=limits.RICH_TEXT_LIST_OFFSET_MIN, is_whole=True),
            "border": _BORDER,
        },
        required=("style", "elements"),
    ),
    "rich_text_preformatted": typed(
        "rich_text_preformatted",
        {"elements": ListOf(item=one_of({"text": _TEXT, "link": _LINK})), "border": _BORDER},
        required=("elements",),
    ),
    "rich_text_quote": typed(
        "rich_text_quote", {"elements": _LINE, "border": _BORDER}, required=("elements",)
    ),
}

#: A block, and the value of a cell, of a task's details or of an input.
RICH_TEXT = typed(
    "rich_text",
    {
        "elements": ListOf(item=one_of(_PARTS)),
        "block_id": String(maximum=limits.BLOCK_ID_MAX_LENGTH),
    },
    required=("elements",),
)
