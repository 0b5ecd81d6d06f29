"""Tables and charts, whose rules span several fields.

https://docs.slack.dev/reference/block-kit/blocks/data-table-block and its neighbours
"""

from collections.abc import Iterator
from typing import Any

from odps_bot.sandbox.slack.block_kit import limits
from odps_bot.sandbox.slack.block_kit.rich_text import RICH_TEXT
from odps_bot.sandbox.slack.block_kit.schema import (
    Boolean,
    ListOf,
    Number,
    Object,
    Problem,
    Shape,
    String,
    one_of,
    typed,
)

_BLOCK_ID = String(maximum=limits.BLOCK_ID_MAX_LENGTH)
_CELL_TEXT = String(minimum=limits.DATA_TABLE_CELL_TEXT_MIN_LENGTH)
_CELL = one_of(
    {
        "raw_text": typed("raw_text", {"text": _CELL_TEXT, "emoji": Boolean()}, required=("text",)),
        "raw_number": typed(
            "raw_number", {"value": Number(), "text": _CELL_TEXT}, required=("value", "text")
        ),
        "rich_text": RICH_TEXT,
    }
)


def text_in(value: Any) -> int:
    """Return the total length of all `text` fields in a structure."""
    if isinstance(value, list):
        return sum(text_in(item) for item in value)
    if not isinstance(value, dict):
        return 0
    return sum(
        len(entry) if name == "text" and isinstance(entry, str) else text_in(entry)
        for name, entry in value.items()
    )


def _limit_table_text(table: Any, at: str) -> Iterator[Problem]:
    if text_in(table["rows"]) > limits.TABLE_CONTENT_MAX_LENGTH:
        maximum = limits.TABLE_CONTENT_MAX_LENGTH
        yield Problem(f"cells must have less than {maximum + 1} characters together", f"{at}/rows")


def _check_data_table(table: Any, at: str) -> Iterator[Problem]:
    rows = table["rows"]
    columns = len(rows[0])
    for index, row in enumerate(rows):
        if len(row) != columns:
            message = f"must have as many cells as the first row: {columns}"
            yield Problem(message, f"{at}/rows/{index}")
    for index, cell in enumerate(rows[0]):
        if cell["type"] == "rich_text":
            message = "rich_text is not supported in the header row"
            yield Problem(message, f"{at}/rows/0/{index}")
    if table.get("row_header_column_index", 0) >= columns:
        message = f"must be less than {columns}"
        yield Problem(message, f"{at}/row_header_column_index")
    maximum = limits.DATA_TABLE_CONTENT_MAX_LENGTH
    if text_in(rows) > maximum:
        yield Problem(f"cells must have less than {maximum + 1} characters together", f"{at}/rows")


TABLE = typed(
    "table",
    {
        "block_id": _BLOCK_ID,
        "rows": ListOf(
            item=ListOf(item=_CELL, maximum=limits.TABLE_COLUMNS_MAX_ITEMS),
            minimum=1,
            maximum=limits.TABLE_ROWS_MAX_ITEMS,
        ),
        "column_settings": ListOf(
            item=Object(
                fields={
                    "align": String(choices=("left", "center", "right")),
                    "is_wrapped": Boolean(),
                }
            ),
            maximum=limits.TABLE_COLUMN_SETTINGS_MAX_ITEMS,
            allows_null=True,
        ),
    },
    required=("rows",),
    rules=(_limit_table_text,),
)
DATA_TABLE = typed(
    "data_table",
    {
        "block_id": _BLOCK_ID,
        "caption": String(minimum=1),
        "rows": ListOf(
            item=ListOf(
                item=_CELL,
                minimum=limits.DATA_TABLE_COLUMNS_MIN_ITEMS,
                maximum=limits.DATA_TABLE_COLUMNS_MAX_ITEMS,
            ),
            minimum=limits.DATA_TABLE_ROWS_MIN_ITEMS,
            maximum=limits.DATA_TABLE_ROWS_MAX_ITEMS,
        ),
        "page_size": Number(
            minimum=limits.DATA_TABLE_PAGE_SIZE_MIN,
            maximum=limits.DATA_TABLE_PAGE_SIZE_MAX,
            is_whole=True,
        ),
        "row_header_column_index": Number(
            minimum=limits.DATA_TABLE_ROW_HEADER_COLUMN_INDEX_MIN, is_whole=True
        ),
    },
    required=("caption", "rows"),
    rules=(_check_data_table,),
)


def _check_axis_chart(chart: Any, at: str) -> Iterator[Problem]:
    names = [series["name"] for series in chart["series"]]
    if len(set(names)) != len(names):
        yield Problem("series names must be unique", f"{at}/series")
    categories = sorted(chart["axis_config"]["categories"])
    for index, series in enumerate(chart["series"]):
        if sorted(point["label"] for point in series["data"]) != categories:
            message = "must have one point for every category"
            yield Problem(message, f"{at}/series/{index}/data")


_AXIS_LABEL = String(maximum=limits.DATA_VISUALIZATION_AXIS_LABEL_MAX_LENGTH)
_SERIES = Object(
    fields={
        "name": String(minimum=1, maximum=limits.DATA_VISUALIZATION_SERIES_NAME_MAX_LENGTH),
        "data": ListOf(
            item=Object(
                fields={
                    "label": String(
                        minimum=1, maximum=limits.DATA_VISUALIZATION_POINT_LABEL_MAX_LENGTH
                    ),
                    "value": Number(),
                },
                required=("label", "value"),
            ),
            minimum=limits.DATA_VISUALIZATION_DATA_MIN_ITEMS,
            maximum=limits.DATA_VISUALIZATION_DATA_MAX_ITEMS,
        ),
    },
    required=("name", "data"),
)
_AXIS = Object(
    fields={
        "categories": ListOf(
            item=String(minimum=1, maximum=limits.DATA_VISUALIZATION_CATEGORY_LABEL_MAX_LENGTH),
            minimum=limits.DATA_VISUALIZATION_CATEGORIES_MIN_ITEMS,
            maximum=limits.DATA_VISUALIZATION_CATEGORIES_MAX_ITEMS,
        ),
        "x_label": _AXIS_LABEL,
        "y_label": _AXIS_LABEL,
    },
    required=("categories",),
)
_PIE = typed(
    "pie",
    {
        "segments": ListOf(
            item=Object(
                fields={
                    "label": String(
                        minimum=1, maximum=limits.DATA_VISUALIZATION_SEGMENT_LABEL_MAX_LENGTH
                    ),
                    "value": Number(
                        exclusive_minimum=limits.DATA_VISUALIZATION_SEGMENT_VALUE_EXCLUSIVE_MIN
                    ),
                },
                required=("label", "value"),
            ),
            minimum=limits.DATA_VISUALIZATION_SEGMENTS_MIN_ITEMS,
            maximum=limits.DATA_VISUALIZATION_SEGMENTS_MAX_ITEMS,
        )
    },
    required=("segments",),
)


def _axis_chart(kind: str) -> Shape:
    series = ListOf(
        item=_SERIES,
        minimum=limits.DATA_VISUALIZATION_SERIES_MIN_ITEMS,
        maximum=limits.DATA_VISUALIZATION_SERIES_MAX_ITEMS,
    )
    return typed(
        kind,
        {"series": series, "axis_config": _AXIS},
        required=("series", "axis_config"),
        rules=(_check_axis_chart,),
    )


DATA_VISUALIZATION = typed(
    "data_visualization",
    {
        "block_id": _BLOCK_ID,
        "title": String(minimum=1, maximum=limits.DATA_VISUALIZATION_TITLE_MAX_LENGTH),
        "chart": one_of(
            {"pie": _PIE, **{kind: _axis_chart(kind) for kind in ("bar", "line", "area")}}
        ),
    },
    required=("title", "chart"),
)
