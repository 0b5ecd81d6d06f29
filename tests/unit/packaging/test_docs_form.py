"""The Markdown files of the repository: what a reader gets to see of them, and how they read."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from unicodedata import east_asian_width

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[3]

#: What tasks write, or what is not ours.
NOT_OURS = {"build", "dist", "site", "test-artifacts"}


def markdown_files() -> Iterator[Path]:
    """Yield the Markdown files of the repository, also where there is no Git."""
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [
            name
            for name in folders
            if name == ".github" or not (name.startswith(".") or name in NOT_OURS)
        ]
        yield from (Path(folder, name) for name in files if name.endswith(".md"))


PAGES = {str(file.relative_to(ROOT)): file.read_text() for file in sorted(markdown_files())}

#: What a measurement writes into its page: its tables have up to twelve columns of numbers.
MEASURED = re.compile(
    r"^<!-- written by `make bench.+?^<!-- end of \w+ -->", re.MULTILINE | re.DOTALL
)

markdown = MarkdownIt("gfm-like", {"linkify": False})


def table_rows(text: str) -> Iterator[tuple[int, str]]:
    """Yield each row of each table, with the number of cells of the table's header."""
    lines = text.splitlines()
    columns, rows = 0, list[str]()
    for token in markdown.parse(text):
        if token.type == "th_open":
            columns += 1
        elif token.type == "tr_open" and token.map:
            rows.append(lines[token.map[0]].strip())
        elif token.type == "table_close":
            yield from ((columns, row) for row in rows)
            columns, rows = 0, []


def is_row(line: str, *, columns: int) -> bool:
    """Return whether a line has so many cells: as a header, only then it makes a table."""
    head = f"{line}\n{'|---' * columns}|\n"
    return any(token.type == "table_open" for token in markdown.parse(head))


def width(line: str) -> int:
    """Return how many columns a line takes in an editor; a Chinese character takes two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in line)


@pytest.mark.parametrize("page", PAGES)
def test_every_row_of_a_table_has_the_cells_of_its_header(page: str) -> None:
    broken = [row for columns, row in table_rows(PAGES[page]) if not is_row(row, columns=columns)]

    assert not broken


@pytest.mark.parametrize("page", PAGES)
def test_no_table_is_shown_as_a_paragraph(page: str) -> None:
    paragraphs = [token.content for token in markdown.parse(PAGES[page]) if token.type == "inline"]

    assert not [text for text in paragraphs if re.search(r"^ *\|.*\| *$", text, re.MULTILINE)]


def test_a_bar_inside_a_cell_is_noticed() -> None:
    table = "| a | b |\n|---|---|\n| `x|y` | z |\n"

    assert [is_row(row, columns=columns) for columns, row in table_rows(table)] == [True, False]


@pytest.mark.parametrize("page", PAGES)
def test_no_line_is_wider_than_120_columns(page: str) -> None:
    written_by_people = MEASURED.sub("", PAGES[page])

    assert not [line for line in written_by_people.splitlines() if width(line) > 120]


def test_only_pages_of_benchmarks_have_parts_that_a_measurement_writes() -> None:
    measured = {page for page, text in PAGES.items() if MEASURED.search(text)}

    assert measured == {
        "benchmarks/README.md",
        "benchmarks/acknowledge/README.md",
        "benchmarks/classify/README.md",
        "benchmarks/diagnosis/README.md",
        "benchmarks/commands/README.md",
        "benchmarks/ends/README.md",
        "benchmarks/failover/README.md",
        "benchmarks/isolation/README.md",
        "benchmarks/board/README.md",
        "benchmarks/rotation/README.md",
        "benchmarks/watch/README.md",
    }


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("README")])
def test_the_readme_is_read_in_two_minutes(page: str) -> None:
    lines = PAGES[page].splitlines()

    assert len(lines) <= 120
    assert lines.index("make run") < 24


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("README")])
def test_the_pictures_of_the_readme_are_soon_loaded(page: str) -> None:
    pictures = re.findall(r"!\[.+?\]\((.+?)\)", PAGES[page])

    assert pictures
    assert all(ROOT.joinpath(picture).stat().st_size < 1_000_000 for picture in pictures)
