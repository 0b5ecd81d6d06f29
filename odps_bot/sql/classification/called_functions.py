"""What the functions that a query calls look at: tables and models by their names. Pure."""

from abc import ABC
from collections.abc import Sequence

from odps_bot.sql.classification.classes import qualifier_of
from odps_bot.sql.classification.functions import (
    looks_at_named,
    uses_model,
    why_function_is_unproven,
)
from odps_bot.sql.classification.project_names import table_in_text
from odps_bot.sql.classification.windows import Windows
from odps_bot.sql.statements import Kind
from odps_bot.sql.unproven import UnprovenError

# CPython 3.11 looks members of an enum up slowly.
_STRING = Kind.STRING


class CalledFunctions(Windows, ABC):
    """Judges a function whose name is taken, and whose bracket comes next."""

    def called(self, parts: Sequence[str], *, is_of_project: bool = False) -> None:
        """Judge whether it is Java, and remember what it looks at.

        With `is_of_project` a project and a colon stand before the parts of its name.
        """
        self.references.call(parts)
        if reason := why_function_is_unproven(parts, is_of_project=is_of_project):
            raise UnprovenError(reason)
        if looks_at_named(parts):
            self._named_by_text()
        elif uses_model(parts):
            self._model()

    def _named_by_text(self) -> None:
        """Remember the project of the table that the text behind the next bracket names."""
        ahead, named = 1, ""
        while (text := self.peek(ahead)).kind is _STRING:
            named += text.text[1:-1]
            ahead += 1
        if ahead == 1 or not self.is_mark(",", ")", ahead=ahead):
            raise UnprovenError("It names a table by something other than a plain string.")
        table = table_in_text(named)
        if table is None:
            raise UnprovenError("It names a table by a string that isn't the name of one.")
        if qualifier := qualifier_of(table):
            self.qualifiers.add(qualifier)
        self.places.add(table)

    def _model(self) -> None:
        """Remember the project of the model that is named behind the next bracket, if one is."""
        first = self.peek(1)
        if first.kind is Kind.STRING:
            self.places.add(table_in_text(first.text[1:-1]) or "")
            return
        name = first.text if self.is_name(ahead=1) else ""
        ahead = 2
        while self.is_mark(".", ahead=ahead) and self.is_name(ahead=ahead + 1):
            name += f".{self.peek(ahead + 1).text}"
            ahead += 2
        # What the grammar has for a minus may be a part of it: `p.default.Qwen3-1`.
        if "." in name and self.is_mark(",", ")", "-", ahead=ahead):
            self.places.add(name)
            self.references.declare_model(name)
