"""A result as a table, in the forms that Slack knows; each keeps within its limits.

Limits: https://docs.slack.dev/reference/block-kit/blocks/data-table-block and …/table-block
"""

import unicodedata
from collections.abc import Sequence

from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, preformatted, raw_text, rich_text
from odps_bot.messages.results.cells import (
    NULL,
    ColumnFormat,
    column_formats,
    exact_number,
    number_text,
    quoted,
)
from odps_bot.runs.run import Table

SHOWN_ROWS = 20
SHOWN_COLUMNS = 20
CELL_CHARACTERS = 200

#: All cells together; `table` allows 10,000 and `data_table` 20,000.
TABLE_CHARACTERS = 9_000
MONOSPACE_CHARACTERS = 2_800
MONOSPACE_CELL = 40


def shown_part(table: Table) -> Table:
    """Return the rows and columns that fit into one message, with cells cut. NULL stays None."""
    columns = tuple(_cut(name) for name in table.columns[:SHOWN_COLUMNS])
    forms = column_formats(table)
    left = TABLE_CHARACTERS - sum(map(len, columns))
    rows = []
    for row in table.rows[:SHOWN_ROWS]:
        cells = tuple(None if cell is None else _cut(cell) for cell in row[:SHOWN_COLUMNS])
        left -= sum(len(_shown(cell, form)) for cell, form in zip(cells, forms, strict=False))
        if left < 0:
            break
        rows.append(cells)
    return Table(
        columns=columns,
        types=table.types[:SHOWN_COLUMNS],
        rows=tuple(rows),
        column_count=table.column_count,
        row_count=table.row_count,
        is_truncated=table.is_truncated,
    )


def data_table(table: Table, *, caption: str) -> Block:
    """Return the table as a block that people can page and sort: numbers as numbers."""
    return {
        "type": "data_table",
        "caption": caption,
        "page_size": min(10, max(1, len(table.rows))),
        "rows": _block_rows(table, column_formats(table)),
    }


def plain_table(table: Table, *, caption: str) -> Block:  # noqa: ARG001  -- the forms are alike
    """Return the table as the older block, which has no caption."""
    forms = column_formats(table)
    aligned = ["right" if form.is_number else "left" for form in forms]
    return {
        "type": "table",
        "column_settings": [{"align": side} for side in aligned],
        "rows": _block_rows(table, forms),
    }


def monospace_table(table: Table, *, caption: str) -> Block:  # noqa: ARG001  -- likewise
    """Return the table as text in fixed width, for where table blocks are refused."""
    forms = column_formats(table)
    rows = [
        [_fixed(cell, form) for cell, form in zip(row, forms, strict=True)] for row in table.rows
    ]
    lines = [[_short(name) for name in table.columns], *rows]
    widths = [max(_width(line[i]) for line in lines) for i in range(len(forms))]
    drawn = ["  ".join(map(_aligned, line, forms, widths)).rstrip() for line in lines]
    drawn.insert(1, "  ".join("-" * width for width in widths))
    while len("\n".join(drawn)) > MONOSPACE_CHARACTERS and len(drawn) > 3:  # noqa: PLR2004  -- head and a row
        drawn.pop()
    return preformatted("\n".join(drawn)[:MONOSPACE_CHARACTERS])


def _block_rows(table: Table, forms: Sequence[ColumnFormat]) -> list[list[Block]]:
    header = [raw_text(name) for name in table.columns]
    rows = [[_block_cell(*pair) for pair in zip(row, forms, strict=True)] for row in table.rows]
    return [header, *rows]


def _block_cell(cell: str | None, form: ColumnFormat) -> Block:
    if cell is None or not cell.strip():
        return _marked(_shown(cell, form))
    number = exact_number(cell) if form.is_number else None
    if number is None:
        return raw_text(_shown(cell, form))
    return {"type": "raw_number", "value": number, "text": _shown(cell, form)}


def _marked(text: str) -> Block:
    """Return what the result has no text for, in italics: it cannot be taken for one."""
    element = {"type": "text", "text": text, "style": {"italic": True}}
    return rich_text(element)


def _shown(cell: str | None, form: ColumnFormat) -> str:
    if cell is None:
        return NULL
    if not cell.strip():
        return f'"{cell}"'
    return number_text(cell, is_grouped=form.is_grouped) if form.is_number else cell


def _cut(cell: str) -> str:
    text = t.clean(cell)
    return text if len(text) <= CELL_CHARACTERS else text[: CELL_CHARACTERS - 1] + t.ELLIPSIS


def _fixed(cell: str | None, form: ColumnFormat) -> str:
    if cell is not None and form.is_number:
        return _short(number_text(cell, is_grouped=form.is_grouped))
    return _short(quoted(cell))


def _short(cell: str) -> str:
    line = " ".join(cell.split())
    if _width(line) <= MONOSPACE_CELL:
        return line
    while _width(line) >= MONOSPACE_CELL:
        line = line[:-1]
    return line + t.ELLIPSIS


def _aligned(cell: str, form: ColumnFormat, width: int) -> str:
    padding = " " * (width - _width(cell))
    return padding + cell if form.is_number else cell + padding


def _width(text: str) -> int:
    """Return how many places the text takes in fixed width; East Asian letters take two."""
    return sum(map(_places, text))


def _places(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1
