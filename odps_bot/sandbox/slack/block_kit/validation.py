"""Validates blocks and views as Slack does."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from odps_bot.sandbox.slack.block_kit import limits
from odps_bot.sandbox.slack.block_kit.blocks import BLOCKS
from odps_bot.sandbox.slack.block_kit.objects import OPTIONS_RESPONSE, plain_text
from odps_bot.sandbox.slack.block_kit.schema import (
    Boolean,
    ListOf,
    Object,
    Problem,
    Shape,
    String,
    one_of,
)
from odps_bot.sandbox.slack.block_kit.tables import text_in

Surface = Literal["message", "modal", "home"]

#: Slack's message for a second table; its code is `invalid_attachments` even for blocks.
ONLY_ONE_TABLE = "only_one_table_allowed"
_TABLES = frozenset({"table", "data_table"})

#: https://docs.slack.dev/reference/block-kit/blocks names the surfaces of each block.
SURFACES: Mapping[Surface, frozenset[str]] = {
    "message": frozenset(BLOCKS) - {"alert"},
    "modal": frozenset(
        {
            "actions",
            "alert",
            "card",
            "context",
            "divider",
            "header",
            "image",
            "input",
            "rich_text",
            "section",
            "video",
        }
    ),
    "home": frozenset(BLOCKS)
    - {"alert", "context_actions", "file", "markdown", "plan", "task_card"},
}
_MAX_BLOCKS: Mapping[Surface, int] = {
    "message": limits.MESSAGE_BLOCKS_MAX_ITEMS,
    "modal": limits.VIEW_BLOCKS_MAX_ITEMS,
    "home": limits.VIEW_BLOCKS_MAX_ITEMS,
}


def check_blocks(blocks: Any, *, surface: Surface, at: str = "/blocks") -> list[Problem]:
    """Return the problems of the blocks of a message or view; none when Slack accepts them."""
    problems = list(_list_of_blocks(surface).check(blocks, at))
    return problems or [
        *_check_ids(blocks, at),
        *_check_totals(blocks, at),
        *_check_tasks(blocks, at),
        *_check_inputs(blocks, surface, at),
    ]


def check_view(view: Any, *, at: str = "/view") -> list[Problem]:
    """Return the problems of a modal or home tab."""
    problems = list(_VIEW.check(view, at))
    if problems:
        return problems
    surface: Surface = view["type"]
    problems = check_blocks(view["blocks"], surface=surface, at=f"{at}/blocks")
    if surface == "modal":
        has_input = any(block.get("type") == "input" for block in view["blocks"])
        if "title" not in view:
            problems.insert(0, Problem("missing required field: title", at))
        if has_input and "submit" not in view:
            problems.append(Problem("missing required field: submit", at))
    return problems


def check_options(response: Any, *, at: str = "") -> list[Problem]:
    """Return the problems of the options that an app supplies for a menu."""
    return list(OPTIONS_RESPONSE.check(response, at))


def text_length(blocks: list[dict[str, Any]]) -> int:
    """Return the length of the text in the blocks, without cells of tables."""
    return text_in([block for block in blocks if block["type"] not in _TABLES])


def count_tables(blocks: list[dict[str, Any]]) -> int:
    """Return the number of tables of either kind in the blocks, also in containers."""
    return sum(block.get("type") in _TABLES for _, block in _with_children(blocks, ""))


def _list_of_blocks(surface: Surface) -> Shape:
    options = {kind: BLOCKS[kind] for kind in SURFACES[surface]}
    return ListOf(item=one_of(options), maximum=_MAX_BLOCKS[surface])


def _check_ids(blocks: list[dict[str, Any]], at: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for pointer, block in _with_children(blocks, at):
        block_id = block.get("block_id")
        if block_id and block_id in seen:
            yield Problem("`block_id` must be unique", f"{pointer}/block_id")
        seen.add(block_id or "")
        yield from _check_action_ids(block, pointer)


def _check_action_ids(block: dict[str, Any], at: str) -> Iterator[Problem]:
    for name in ("elements", "actions"):
        elements = block.get(name, [])
        seen: set[str] = set()
        for index, element in enumerate(elements):
            action_id = element.get("action_id")
            if action_id and action_id in seen:
                pointer = f"{at}/{name}/{index}/action_id"
                yield Problem("`action_id` must be unique in its block", pointer)
            seen.add(action_id or "")


def _with_children(blocks: list[dict[str, Any]], at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for index, block in enumerate(blocks):
        yield f"{at}/{index}", block
        children = block.get("child_blocks", []) if block.get("type") == "container" else []
        yield from _with_children(children, f"{at}/{index}/child_blocks")


def _check_totals(blocks: list[dict[str, Any]], at: str) -> Iterator[Problem]:
    if count_tables(blocks) > limits.MESSAGE_TABLES_MAX_ITEMS:
        yield Problem(ONLY_ONE_TABLE, at)
    charts = sum(block["type"] == "data_visualization" for block in blocks)
    if charts > (maximum := limits.MESSAGE_DATA_VISUALIZATIONS_MAX_ITEMS):
        yield Problem(f"no more than {maximum} blocks of type data_visualization allowed", at)
    markdown = [block for block in blocks if block["type"] == "markdown"]
    if text_in(markdown) > (maximum := limits.MARKDOWN_TOTAL_TEXT_MAX_LENGTH):
        message = f"markdown blocks must have less than {maximum + 1} characters together"
        yield Problem(message, at)


def _check_tasks(blocks: list[dict[str, Any]], at: str) -> Iterator[Problem]:
    for index, block in enumerate(blocks):
        if block["type"] == "task_card" and block["status"] == "pending":
            message = "a task_card outside a plan must not be pending"
            yield Problem(message, f"{at}/{index}/status")


def _check_inputs(blocks: list[dict[str, Any]], surface: Surface, at: str) -> Iterator[Problem]:
    """Yield inputs that are not allowed here, and a second one with focus."""
    focused = 0
    for pointer, block in _with_children(blocks, at):
        element = block.get("element", {})
        if element.get("type") == "file_input" and surface != "modal":
            yield Problem("unsupported type: file_input", f"{pointer}/element/type")
        focused += bool(element.get("focus_on_load"))
        if focused > 1 and element.get("focus_on_load"):
            message = "only one element can have `focus_on_load`"
            yield Problem(message, f"{pointer}/element/focus_on_load")


class _AnyList:
    """The blocks of a view, which are validated once its surface is known."""

    def check(self, value: Any, at: str) -> Iterator[Problem]:
        """Yield a problem when this is not a list."""
        if not isinstance(value, list):
            yield Problem("must provide an array", at)


_VIEW_FIELDS: dict[str, Shape] = {
    "blocks": _AnyList(),
    "private_metadata": String(maximum=limits.VIEW_PRIVATE_METADATA_MAX_LENGTH),
    "callback_id": String(maximum=limits.VIEW_CALLBACK_ID_MAX_LENGTH),
    "external_id": String(maximum=limits.VIEW_EXTERNAL_ID_MAX_LENGTH),
}
_VIEW = one_of(
    {
        "modal": Object(
            fields={
                **_VIEW_FIELDS,
                "type": String(),
                "title": plain_text(limits.VIEW_TITLE_MAX_LENGTH),
                "close": plain_text(limits.VIEW_CLOSE_MAX_LENGTH),
                "submit": plain_text(limits.VIEW_SUBMIT_MAX_LENGTH),
                "clear_on_close": Boolean(),
                "notify_on_close": Boolean(),
                "submit_disabled": Boolean(),
            },
            required=("title", "blocks"),
        ),
        "home": Object(fields={**_VIEW_FIELDS, "type": String()}, required=("blocks",)),
    }
)
