"""Invalid tables and charts."""

import pytest

from odps_bot.sandbox.slack.block_kit import check_blocks

from .blocks import Block, bars, cell, data_table, pie, rich

#: The block and its first problem.
REFUSED: dict[str, tuple[Block, str]] = {
    "an empty cell": (
        {"type": "table", "rows": [[cell("")]]},
        "must be more than 0 characters [json-pointer:/blocks/0/rows/0/0/text]",
    ),
    "101 rows": (
        {"type": "table", "rows": [[cell()]] * 101},
        "no more than 100 items allowed [json-pointer:/blocks/0/rows]",
    ),
    "21 columns": (
        {"type": "table", "rows": [[cell()] * 21]},
        "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]",
    ),
    "a full table": (
        {"type": "table", "rows": [[cell("x" * 10_001)]]},
        "cells must have less than 10001 characters together [json-pointer:/blocks/0/rows]",
    ),
    "a data table without rows": (
        data_table([cell()]),
        "no less than 2 items allowed [json-pointer:/blocks/0/rows]",
    ),
    "202 rows of a data table": (
        data_table(*[[cell()]] * 202),
        "no more than 201 items allowed [json-pointer:/blocks/0/rows]",
    ),
    "no caption": (
        {"type": "data_table", "rows": [[cell()], [cell()]]},
        "missing required field: caption [json-pointer:/blocks/0]",
    ),
    "ragged rows": (
        data_table([cell(), cell()], [cell()]),
        "must have as many cells as the first row: 2 [json-pointer:/blocks/0/rows/1]",
    ),
    "rich text in the header": (
        data_table([rich("a")], [cell()]),
        "rich_text is not supported in the header row [json-pointer:/blocks/0/rows/0/0]",
    ),
    "a number without text": (
        data_table([cell()], [{"type": "raw_number", "value": 1}]),
        "missing required field: text [json-pointer:/blocks/0/rows/1/0]",
    ),
    "a number that is none": (
        data_table([cell()], [{"type": "raw_number", "value": "1", "text": "1"}]),
        "must provide a number [json-pointer:/blocks/0/rows/1/0/value]",
    ),
    "a header column that is not there": (
        data_table([cell()], [cell()], row_header_column_index=1),
        "must be less than 1 [json-pointer:/blocks/0/row_header_column_index]",
    ),
    "a page of 101": (
        data_table([cell()], [cell()], page_size=101),
        "must be less than or equal to 100 [json-pointer:/blocks/0/page_size]",
    ),
    "a segment of nothing": (
        pie({"label": "a", "value": 0}),
        "must be greater than 0 [json-pointer:/blocks/0/chart/segments/0/value]",
    ),
    "a missing point": (
        bars(["a", "b"], ("x", ["a"])),
        "must have one point for every category [json-pointer:/blocks/0/chart/series/0/data]",
    ),
}


@pytest.mark.parametrize(("block", "problem"), REFUSED.values(), ids=REFUSED.keys())
def test_invalid_tables_and_charts_are_refused_with_their_pointer(
    block: Block, problem: str
) -> None:
    problems = check_blocks([block], surface="message")

    assert str(problems[0]) == problem
