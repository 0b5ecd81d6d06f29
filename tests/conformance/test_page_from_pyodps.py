"""docs/from-pyodps.md names what both libraries really have."""

import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import odps
import pytest
from odps import errors, models

from odps_bot import maxcompute
from odps_bot.maxcompute.errors import api_error

PAGE = Path(__file__).parents[2].joinpath("docs", "from-pyodps.md").read_text("utf-8")

CODE = re.compile(r"`([^`]+)`")
HEADING = re.compile(r"`(\w+)` → `(\w+)`")
NAME = re.compile(r"([\w.]+)(?:\((.*)\))?")

#: What PyODPS takes without declaring it.
UNDECLARED = {"tunnel", "arrow"}


@dataclass(frozen=True)
class Row:
    theirs: list[str]
    ours: list[str]
    remark: list[str]
    their_class: Any
    our_class: Any


def rows() -> list[Row]:
    """Return the rows of the tables of methods."""
    found = []
    for section in PAGE.split("\n## ")[1:]:
        if heading := HEADING.match(section):
            their_class = {"ODPS": odps.ODPS, "Instance": models.Instance}[heading[1]]
            our_class = getattr(maxcompute, heading[2])
            for line in re.findall(r"^\| (`.*) \|$", section, re.MULTILINE):
                cells = [CODE.findall(cell) for cell in line.split(" |")]
                found.append(Row(*cells, their_class, our_class))
    return found


METHODS = rows()
ERRORS = [
    (CODE.findall(theirs), CODE.findall(ours)[0])
    for theirs, ours in re.findall(
        r"^\| (`.*) \| (.*) \|$", PAGE.split("\n## Errors")[1], re.MULTILINE
    )
]


def name_of(row: Row) -> str:
    return row.theirs[0]


def resolve(text: str, owner: Any) -> None:
    """Raise for a method, or a keyword of a method, that the class has not."""
    match = NAME.fullmatch(text)
    assert match, text
    name, arguments = match.groups()
    found = owner if name == owner.__name__ else getattr(owner, name)
    for keyword in set(re.findall(r"(\w+)=", arguments or "")) - UNDECLARED:
        assert keyword in inspect.signature(found).parameters, text


def is_ours(text: str, row: Row) -> bool:
    """Return whether a remark names something of ours."""
    owner, _, name = text.rpartition(".")
    if owner:
        return hasattr(getattr(maxcompute, owner, None), name)
    methods = [getattr(row.our_class, method.split("(")[0], None) for method in row.ours]
    is_parameter = any(text in inspect.signature(m).parameters for m in methods if callable(m))
    return is_parameter or hasattr(maxcompute, text) or hasattr(row.our_class, text)


@pytest.mark.parametrize("row", METHODS, ids=name_of)
def test_a_method_is_there_in_both_libraries(row):
    for text in row.theirs:
        resolve(text, row.their_class)
    for text in row.ours:
        resolve(text, row.our_class)

    assert row.theirs
    foreign = {"set", "pandas.DataFrame(download.rows(), columns=…)"}
    assert not [text for text in row.remark if text not in foreign and not is_ours(text, row)]


@pytest.mark.parametrize(("theirs", "ours"), ERRORS, ids=str)
def test_an_error_of_theirs_has_one_of_ours(theirs, ours):
    assert all(issubclass(getattr(errors, name), Exception) for name in theirs)
    assert issubclass(getattr(maxcompute, ours), maxcompute.MaxComputeError)


@pytest.mark.parametrize(
    ("code", "ours"),
    [
        (code, ours)
        for theirs, ours in ERRORS
        for code in theirs
        if issubclass(getattr(maxcompute, ours), maxcompute.ApiError) and code != "ODPSError"
    ],
)
def test_a_response_with_their_code_raises_the_error_of_the_page(code, ours):
    assert type(api_error("Refused", http_status=400, code=code)).__name__ == ours


def test_the_page_covers_what_people_use_most():
    named = {text.split("(")[0] for row in METHODS for text in row.theirs}

    assert len(METHODS) >= 40
    assert {
        "list_instances",
        "exist_instance",
        "get_instance",
        "stop_instance",
        "run_sql",
        "execute_sql",
        "get_logview_address",
        "run_xflow",
        "wait_for_completion",
        "wait_for_success",
        "open_reader",
        "get_task_progress",
        "get_task_results",
    } <= named
    assert len(ERRORS) >= 10
