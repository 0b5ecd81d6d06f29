"""Results of tasks: text, and tables in MaxCompute's CSV dialect. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from itertools import islice
from typing import TypeAlias

from odps_bot.maxcompute.error_documents import ErrorDocument, read_error_text
from odps_bot.maxcompute.errors import MalformedResponseError
from odps_bot.maxcompute.models.data_types import STRING, Column
from odps_bot.maxcompute.models.instances import TaskState
from odps_bot.maxcompute.models.values import Value, value_of

Cell: TypeAlias = str | None  #: text as MaxCompute writes it; None for NULL

#: A cell and its delimiter. Quoted cells can contain anything; quotes in them are doubled.
_CELL = re.compile(r'(?:"((?:[^"]|"")*+)"|([^",\r\n]*+))(,|\r\n|\n|\r|\Z)')

_NULL = r"\N"

#: The most rows that MaxCompute returns in a result, unless the project allows fewer.
MOST_RESULT_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class ResultTable:
    """The rows of a result and the names of its columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResult:
    """The result of a task: rows of a SELECT, text of other statements, or the error.

    It has 10,000 rows at most, or fewer if the project limits them; see `is_truncated`.
    """

    task_name: str
    format: str  #: "csv" for a table; "text" for everything else, including errors
    text: str
    task_type: str = ""  #: SQL, SQLCost, …
    status: TaskState | None = None  #: None: not included by this service
    is_truncated: bool | None = None  #: whether rows are missing; None: unknown
    columns: tuple[Column, ...] | None = None  #: with their types; None: unknown

    @property
    def error(self) -> ErrorDocument:
        """What a failed task says, whether its text is a message or an `<Error>` document."""
        return read_error_text(self.text)

    def may_be_truncated(self, row_count: int) -> bool:
        """Return whether rows may be missing behind the `row_count` that there are.

        Services that don't say so end each result at the same number of rows.
        """
        if self.is_truncated is None:
            return row_count >= MOST_RESULT_ROWS
        return self.is_truncated

    def rows(self, limit: int | None = None) -> ResultTable:
        """Return the first `limit` rows, or all; a result that is not a table has no columns.

        Raises MalformedResponseError if the CSV is invalid.
        """
        if self.format != "csv" or not self.text:
            return ResultTable((), ())
        lines = _lines(self.text)
        columns = tuple(name or "" for name in next(lines))
        return ResultTable(columns, tuple(islice(lines, limit)))

    def typed_rows(
        self, limit: int | None = None, *, time_zone: tzinfo | None = None
    ) -> Iterator[tuple[Value, ...]]:
        """Yield the rows as Python values according to the types of `columns`, else as text.

        DATETIME and TIMESTAMP become aware UTC if the job's time zone is given (its setting
        `odps.sql.timezone`, or its project's); otherwise they remain naive. Raises
        MalformedResponseError for a cell that does not match its type.
        """
        table = self.rows(limit)
        types = [column.type for column in self.columns or ()] or [STRING] * len(table.columns)
        for row in table.rows:
            if len(row) != len(types):
                raise MalformedResponseError("A row does not have one cell per column.")
            yield tuple(
                None if cell is None else value_of(cell, data_type, time_zone=time_zone)
                for cell, data_type in zip(row, types, strict=True)
            )


def _lines(text: str) -> Iterator[tuple[Cell, ...]]:
    cells: list[Cell] = []
    position = 0
    while position < len(text) or cells:
        match = _CELL.match(text, position)
        if match is None:
            raise MalformedResponseError(f"The result is not valid CSV after character {position}.")
        quoted, bare, end = match.groups()
        if quoted is not None:
            cells.append(quoted.replace('""', '"'))
        else:
            cells.append(None if bare == _NULL else bare)
        position = match.end()
        if end != ",":
            yield tuple(cells)
            cells = []
