"""Results of tasks: text, and tables in MaxCompute's form of CSV. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from odps_bot.maxcompute.errors import MalformedResponseError
from odps_bot.maxcompute.models import TaskState

Cell: TypeAlias = str | None  #: text as MaxCompute writes it; None for NULL

#: A cell and what ends it. Quotes are doubled inside of quotes, where anything may stand.
_CELL = re.compile(r'(?:"((?:[^"]|"")*+)"|([^",\r\n]*+))(,|\r\n|\n|\r|\Z)')

_NULL = r"\N"


@dataclass(frozen=True, slots=True)
class ResultTable:
    """Rows of a result under their columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResult:
    """What a task has left: rows of a SELECT, text of other statements, or why it failed.

    A result has 10,000 rows at most, or fewer where the project says so; see `is_truncated`.
    """

    task_name: str
    format: str  #: "csv" for a table; "text" for everything else, failures too
    text: str
    task_type: str = ""  #: SQL, SQLCost, …
    status: TaskState | None = None  #: None: this service does not tell it here
    is_truncated: bool | None = None  #: whether rows are missing; None: not told

    def rows(self, limit: int | None = None) -> ResultTable:
        """Return the first `limit` rows, or all; a result that is no table has no columns.

        Raises MalformedResponseError when the CSV is broken.
        """
        if self.format != "csv" or not self.text:
            return ResultTable((), ())
        lines = _lines(self.text)
        columns = tuple(name or "" for name in next(lines))
        return ResultTable(columns, tuple(islice(lines, limit)))


def _lines(text: str) -> Iterator[tuple[Cell, ...]]:
    cells: list[Cell] = []
    position = 0
    while position < len(text) or cells:
        match = _CELL.match(text, position)
        if match is None:
            raise MalformedResponseError(f"The result is no CSV behind character {position}.")
        quoted, bare, end = match.groups()
        if quoted is not None:
            cells.append(quoted.replace('""', '"'))
        else:
            cells.append(None if bare == _NULL else bare)
        position = match.end()
        if end != ",":
            yield tuple(cells)
            cells = []
