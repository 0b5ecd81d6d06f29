"""The statements of `corpus/`, each with what it truly does, how it runs, and where it is from.

How to write one is told in `docs/contributing.md`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from odps_bot.sql.classification import RunsAs

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

    @property
    def expected(self) -> str:
        """Return the class that it should get today."""
        return "unknown" if self.is_accepted_as_unproven else self.label


def pytest_generate_tests(metafunc):
    """Run a test that asks for `entry`, or for `label` and `text`, with each of the corpus."""
    if "entry" in metafunc.fixturenames:
        metafunc.parametrize("entry", ENTRIES, ids=[_id(entry) for entry in ENTRIES])
    elif {"label", "text"} <= set(metafunc.fixturenames):
        metafunc.parametrize(
            ("label", "text"),
            [(entry.expected, entry.text) for entry in ENTRIES],
            ids=[_id(entry) for entry in ENTRIES],
        )


@pytest.fixture(scope="session")
def entries() -> tuple[Entry, ...]:
    """All of the corpus."""
    return ENTRIES


@pytest.fixture(scope="session")
def corpus() -> list[tuple[str, str]]:
    """Pairs of the class that a text should get, and the text."""
    return [(entry.expected, entry.text) for entry in ENTRIES]


def _id(entry: Entry) -> str:
    return f"{entry.place} {entry.label} {entry.text[:60]!a}"


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


ENTRIES = tuple(_read_all())
