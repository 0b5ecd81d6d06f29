"""The statements of `corpus/`, each with what it truly does, how it runs, and where it is from.

How to write one is told in `docs/contributing.md`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from odps_bot.sql.classification import Classification, RunsAs, classify

_FOLDER = Path(__file__).parent / "corpus"
_WIDTH_OF_LABEL = 9
_CHARACTER = re.compile(r"<U\+([0-9A-F]{4})>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A text that somebody may send."""

    label: str  #: the class that it truly has: of several statements the strongest counts
    is_accepted_as_unproven: bool  #: whether it may be called unknown, although it has a class
    runs_as: RunsAs  #: what it truly needs: of several statements, of those that are not SQL
    source: str  #: a page, a file or rule of a repository, or `own: ` with the reason
    place: str  #: its file and line
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"

    @property
    def expected(self) -> str:
        """Return the class that it should get today."""
        return "unknown" if self.is_accepted_as_unproven else self.label


@pytest.fixture(scope="session")
def judged() -> tuple[tuple[Entry, Classification], ...]:
    """All of the corpus, with what the classifier says of it."""
    return tuple((entry, classify(entry.text)) for entry in _read_all())


@pytest.fixture(scope="session")
def corpus() -> list[tuple[str, str]]:
    """Pairs of the class that a text should get today, and the text."""
    return [(entry.expected, entry.text) for entry in _read_all()]


def _read_all() -> Iterator[Entry]:
    for path in sorted(_FOLDER.glob("*.txt")):
        yield from _read(path)


def _read(path: Path) -> Iterator[Entry]:
    source, runs_as = "", RunsAs.SQL
    # Not splitlines(): some of the characters in question end lines to it.
    for number, line in enumerate(path.read_bytes().decode().split("\n"), start=1):
        if not line or line.startswith("#"):
            source, runs_as = "", RunsAs.SQL
        elif line.startswith("from: "):
            source = line.removeprefix("from: ")
        elif line.startswith("runs as: "):
            runs_as = RunsAs(line.removeprefix("runs as: "))
        else:
            label = line[:_WIDTH_OF_LABEL].strip()
            yield Entry(
                label=label.removesuffix("?"),
                is_accepted_as_unproven=label.endswith("?"),
                runs_as=runs_as,
                source=source,
                place=f"{path.stem}:{number}",
                text=_unescaped(line[_WIDTH_OF_LABEL:]),
            )


def _unescaped(text: str) -> str:
    return _CHARACTER.sub(lambda found: chr(int(found[1], 16)), text.replace("⏎", "\n"))
