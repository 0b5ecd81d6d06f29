"""Every block and its fields (https://docs.slack.dev/reference/block-kit/blocks)."""

from collections.abc import Iterator, Mapping
from typing import Any

from odps_bot.sandbox.slack.block_kit import limits
from odps_bot.sandbox.slack.block_kit.elements import (
    BESIDE_SECTION,
    BUTTONS,
    IN_ACTIONS,
    IN_CONTEXT,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
)
from odps_bot.sandbox.slack.block_kit.objects import (
    IMAGE_ELEMENT,
    SLACK_FILE,
    any_text,
    either,
    plain_text,
)
from odps_bot.sandbox.slack.block_kit.rich_text import RICH_TEXT
from odps_bot.sandbox.slack.block_kit.schema import (
    Boolean,
    ByType,
    ListOf,
    Object,
    Problem,
    Rule,
    Shape,
    String,
    one_of,
    typed,
)
from odps_bot.sandbox.slack.block_kit.tables import DATA_TABLE, DATA_VISUALIZATION, TABLE

_BLOCK_ID = String(maximum=limits.BLOCK_ID_MAX_LENGTH)
_STATUS = String(choices=("pending", "in_progress", "complete", "error"))


def _block(
    kind: str,
    fields: Mapping[str, Shape],
    *,
    required: tuple[str, ...] = (),
    rules: tuple[Rule, ...] = (),
) -> Object:
    return typed(kind, {"block_id": _BLOCK_ID, **fields}, required=required, rules=rules)


def _require_text_or_fields(section: Any, at: str) -> Iterator[Problem]:
    if "text" not in section and not section.get("fields"):
        yield Problem("must define either `text` or `fields`", at)


def _require_unique_tasks(plan: Any, at: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, task in enumerate(plan["tasks"]):
        if task["task_id"] in seen:
            yield Problem("`task_id` must be unique", f"{at}/tasks/{index}/task_id")
        seen.add(task["task_id"])


def _require_content(card: Any, at: str) -> Iterator[Problem]:
    if not any(card.get(name) for name in ("hero_image", "title", "body", "actions")):
        yield Problem("must define one of `hero_image`, `title`, `body` or `actions`", at)


def _check_container(container: Any, at: str) -> Iterator[Problem]:
    if container.get("default_collapsed") and not container.get("is_collapsible"):
        yield Problem("`default_collapsed` needs `is_collapsible`", at)
    if container.get("has_header_divider") and container.get("is_collapsible"):
        yield Problem("`has_header_divider` excludes `is_collapsible`", at)


_TASK: dict[str, Shape] = {
    "task_id": String(minimum=1),
    "title": String(minimum=1),
    "status": _STATUS,
    "details": RICH_TEXT,
    "output": RICH_TEXT,
    "sources": ListOf(
        item=typed(
            "url", {"url": String(minimum=1), "text": String(minimum=1)}, required=("url", "text")
        )
    ),
}
_CARD = _block(
    "card",
    {
        "hero_image": IMAGE_ELEMENT,
        "icon": IMAGE_ELEMENT,
        "slack_icon": Object(fields={"type": String(), "name": String(minimum=1)}),
        "title": any_text(limits.CARD_TITLE_MAX_LENGTH),
        "subtitle": any_text(limits.CARD_SUBTITLE_MAX_LENGTH),
        "body": any_text(limits.CARD_BODY_MAX_LENGTH),
        "subtext": any_text(limits.CARD_SUBTEXT_MAX_LENGTH),
        "actions": ListOf(item=one_of(BUTTONS), maximum=limits.CARD_ACTIONS_MAX_ITEMS),
    },
    rules=(_require_content,),
)
_IN_CONTAINER = frozenset(
    {
        "actions",
        "context",
        "divider",
        "file",
        "header",
        "image",
        "input",
        "rich_text",
        "section",
        "table",
        "video",
    }
)

BLOCKS: dict[str, Shape] = {
    "actions": _block(
        "actions",
        {
            "elements": ListOf(
                item=one_of(IN_ACTIONS), minimum=1, maximum=limits.ACTIONS_ELEMENTS_MAX_ITEMS
            )
        },
        required=("elements",),
    ),
    "alert": _block(
        "alert",
        {
            "text": any_text(limits.ALERT_TEXT_MAX_LENGTH),
            "level": String(choices=("default", "info", "warning", "error", "success")),
        },
        required=("text",),
    ),
    "card": _CARD,
    "carousel": _block(
        "carousel",
        {
            "elements": ListOf(
                item=one_of({"card": _CARD}),
                minimum=limits.CAROUSEL_ELEMENTS_MIN_ITEMS,
                maximum=limits.CAROUSEL_ELEMENTS_MAX_ITEMS,
            )
        },
        required=("elements",),
    ),
    "container": _block(
        "container",
        {
            "title": plain_text(limits.CONTAINER_TITLE_MAX_LENGTH),
            "rich_text_title": RICH_TEXT,
            "subtitle": any_text(limits.CONTAINER_SUBTITLE_MAX_LENGTH),
            "child_blocks": ListOf(
                item=ByType(options=lambda: {kind: BLOCKS[kind] for kind in _IN_CONTAINER}),
                minimum=limits.CONTAINER_CHILD_BLOCKS_MIN_ITEMS,
                maximum=limits.CONTAINER_CHILD_BLOCKS_MAX_ITEMS,
            ),
            "width": String(choices=("narrow", "standard", "wide", "full")),
            "icon": IMAGE_ELEMENT,
            "is_collapsible": Boolean(),
            "default_collapsed": Boolean(),
            "has_header_divider": Boolean(),
        },
        required=("child_blocks",),
        rules=(either("title", "rich_text_title"), _check_container),
    ),
    "context": _block(
        "context",
        {
            "elements": ListOf(
                item=one_of(IN_CONTEXT), minimum=1, maximum=limits.CONTEXT_ELEMENTS_MAX_ITEMS
            )
        },
        required=("elements",),
    ),
    "context_actions": _block(
        "context_actions",
        {
            "elements": ListOf(
                item=one_of(IN_CONTEXT_ACTIONS),
                minimum=1,
                maximum=limits.CONTEXT_ACTIONS_ELEMENTS_MAX_ITEMS,
            )
        },
        required=("elements",),
    ),
    "data_table": DATA_TABLE,
    "data_visualization": DATA_VISUALIZATION,
    "divider": _block("divider", {}),
    "file": _block(
        "file",
        {"external_id": String(minimum=1), "source": String(choices=("remote",))},
        required=("external_id", "source"),
    ),
    "header": _block(
        "header", {"text": plain_text(limits.HEADER_TEXT_MAX_LENGTH)}, required=("text",)
    ),
    "image": _block(
        "image",
        {
            "image_url": String(minimum=1, maximum=limits.IMAGE_IMAGE_URL_MAX_LENGTH),
            "slack_file": SLACK_FILE,
            "alt_text": String(minimum=1, maximum=limits.IMAGE_ALT_TEXT_MAX_LENGTH),
            "title": plain_text(limits.IMAGE_TITLE_MAX_LENGTH),
        },
        required=("alt_text",),
        rules=(either("image_url", "slack_file"),),
    ),
    "input": _block(
        "input",
        {
            "label": plain_text(limits.INPUT_LABEL_MAX_LENGTH),
            "hint": plain_text(limits.INPUT_HINT_MAX_LENGTH),
            "element": one_of(IN_INPUT),
            "dispatch_action": Boolean(),
            "optional": Boolean(),
        },
        required=("label", "element"),
    ),
    "markdown": _block(
        "markdown",
        {"text": String(minimum=1, maximum=limits.MARKDOWN_TEXT_MAX_LENGTH)},
        required=("text",),
    ),
    "plan": _block(
        "plan",
        {
            "title": String(minimum=1),
            "tasks": ListOf(
                item=Object(fields=_TASK, required=("task_id", "title", "status")),
                maximum=limits.PLAN_TASKS_MAX_ITEMS,
            ),
        },
        required=("title", "tasks"),
        rules=(_require_unique_tasks,),
    ),
    "rich_text": RICH_TEXT,
    "section": _block(
        "section",
        {
            "text": any_text(limits.SECTION_TEXT_MAX_LENGTH),
            "fields": ListOf(
                item=any_text(limits.SECTION_FIELDS_ITEM_MAX_LENGTH),
                maximum=limits.SECTION_FIELDS_MAX_ITEMS,
            ),
            "accessory": one_of(BESIDE_SECTION),
            "expand": Boolean(),
        },
        rules=(_require_text_or_fields,),
    ),
    "table": TABLE,
    "task_card": _block("task_card", _TASK, required=("task_id", "title", "status")),
    "video": _block(
        "video",
        {
            "alt_text": String(minimum=1, maximum=limits.VIDEO_ALT_TEXT_MAX_LENGTH),
            "title": plain_text(limits.VIDEO_TITLE_MAX_LENGTH),
            "thumbnail_url": String(minimum=1, maximum=limits.VIDEO_THUMBNAIL_URL_MAX_LENGTH),
            "video_url": String(minimum=1, maximum=limits.VIDEO_VIDEO_URL_MAX_LENGTH),
            "title_url": String(minimum=1, maximum=limits.VIDEO_TITLE_URL_MAX_LENGTH),
            "author_name": String(maximum=limits.VIDEO_AUTHOR_NAME_MAX_LENGTH),
            "description": plain_text(limits.VIDEO_DESCRIPTION_MAX_LENGTH),
            "provider_name": String(maximum=limits.VIDEO_PROVIDER_NAME_MAX_LENGTH),
            "provider_icon_url": String(maximum=limits.VIDEO_PROVIDER_ICON_URL_MAX_LENGTH),
        },
        required=("alt_text", "title", "thumbnail_url", "video_url"),
    ),
}
