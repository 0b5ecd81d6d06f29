"""A result as a table, in the forms that Slack knows; each keeps within its limits.

Limits: https://docs.slack.dev/reference/block-kit/blocks/data-table-block and …/table-block
"""

from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, preformatted
from odps_bot.runs.record import Table

SHOWN_ROWS = 20
SHOWN_COLUMNS = 20
CELL_CHARACTERS = 200

#: All cells together; `table` allows 10,000 and `data_table` 20,000.
TABLE_CHARACTERS = 9_000
MONOSPACE_CHARACTERS = 2_800
MONOSPACE_CELL = 40

NULL = "NULL"


def shown_part(table: Table) -> Table:
    """Return the rows and columns that fit into one message, with cells cut."""
    columns = tuple(_cell(name) for name in table.columns[:SHOWN_COLUMNS])
    left = TABLE_CHARACTERS - sum(map(len, columns))
    rows = []
    for row in table.rows[:SHOWN_ROWS]:
        cells = tuple(_cell(cell) for cell in row[:SHOWN_COLUMNS])
        left -= sum(map(len, cells))
        if left < 0:
            break
        rows.append(cells)
    return Table(
        columns=columns,
        rows=tuple(rows),
        column_count=table.column_count,
        row_count=table.row_count,
        is_truncated=table.is_truncated,
    )


def data_table(table: Table, *, caption: str) -> Block:
    """Return the table as a block that people can page and sort."""
    return {
        "type": "data_table",
        "caption": caption,
        "page_size": min(10, max(1, len(table.rows))),
        "rows": _block_rows(table),
    }


def plain_table(table: Table, *, caption: str) -> Block:  # noqa: ARG001  -- the forms are alike
    """Return the table as the older block, which has no caption."""
    return {"type": "table", "rows": _block_rows(table)}


def monospace_table(table: Table, *, caption: str) -> Block:  # noqa: ARG001  -- likewise
    """Return the table as text in fixed width, for where table blocks are refused."""
    lines = [table.columns, *table.rows]
    cut = [[_short(NULL if cell is None else cell) for cell in line] for line in lines]
    widths = [max(len(line[i]) for line in cut) for i in range(len(table.columns))]
    drawn = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cut
    ]
    drawn.insert(1, "  ".join("-" * width for width in widths))
    while len("\n".join(drawn)) > MONOSPACE_CHARACTERS and len(drawn) > 3:  # noqa: PLR2004  -- head and a row
        drawn.pop()
    return preformatted("\n".join(drawn)[:MONOSPACE_CHARACTERS])


def _block_rows(table: Table) -> list[list[Block]]:
    return [[_raw_text(cell) for cell in row] for row in (table.columns, *table.rows)]


def _raw_text(cell: str | None) -> Block:
    # Slack refuses an empty text.
    return {"type": "raw_text", "text": cell or " "}


def _cell(cell: str | None) -> str:
    if cell is None:
        return NULL
    text = t.clean(cell)
    return text if len(text) <= CELL_CHARACTERS else text[: CELL_CHARACTERS - 1] + t.ELLIPSIS


def _short(cell: str) -> str:
    line = " ".join(cell.split())
    return line if len(line) <= MONOSPACE_CELL else line[: MONOSPACE_CELL - 1] + t.ELLIPSIS
