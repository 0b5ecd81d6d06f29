"""Every example of the vendor's function reference returns what the reference says.

`vendor_examples.json` says where they are from. A documented value that is wrong is listed with the
reason; the engine never follows it.
"""

import json
from pathlib import Path

import pytest

FILE = json.loads((Path(__file__).parent / "vendor_examples.json").read_text(encoding="utf-8"))
EXAMPLES = {sql: documented for _, sql, documented in FILE["examples"]}

TODAY = "https://www.alibabacloud.com/help/en/maxcompute/user-guide/mathematical-functions"
WRONG = {
    "SELECT CONV('1100', 2, 16)": f"an older page: today's has C ({TODAY})",
    "SELECT CONV('ab', 16, 16)": f"an older page: today's has AB ({TODAY})",
    "SELECT CBRT(8)": "the page says that a DOUBLE is returned, and writes others as 3.0",
    "SELECT HEX(0)": "the page says that a STRING is returned, and quotes other strings",
    "SELECT BIN(null)": "a quoted null; the page says that NULL is returned for NULL",
    'SELECT KEYVALUE("\\;decreaseStore:1\\;xcard:1\\;isB2C:1\\;tf:21910\\;cart:1\\;shipping:2\\;'
    'pf:0\\;market:shoes\\;instPayAmount:0\\;","\\;",":","tf")': (
        "the value twice, the second time as an explanation"
    ),
    'SELECT REGEXP_REPLACE("abcd", "(. *)(.)$", "\\\\2", 0)': (
        "a space in the pattern, which was (.*)(.)$; with it only 'cd' matches"
    ),
    "SELECT SUBSTRING('abc', 2, 1)": "a stray quotation mark in the value",
    "SELECT LTRIM(' abc ')": "cut out of the words around it; the page's table has 'abc '",
    "SELECT RTRIM('a abc ')": "cut out of the words around it; the page's table has 'a abc'",
    "SELECT URL_ENCODE('Example for URL_ENCODE:// dsf(fasfs)', 'GBK')": (
        "a + for a space before :// that the argument does not have"
    ),
    "SELECT URL_DECODE('Example+for+URL_DECODE+%3A%2F%2F+dsf%28fasfs%29', 'GBK')": (
        "no space for the + before %3A, although each + is one"
    ),
}


def as_a_cell(documented):
    """Return a documented value as the result API writes it."""
    if documented.lower() == "null":
        return "\\N"
    if documented[0] == documented[-1] in ("'", '"') and len(documented) > 1:
        return f'"{documented[1:-1]}"'
    return documented


def test_there_are_147_examples_and_each_wrong_value_is_of_one():
    assert len(FILE["examples"]) == len(EXAMPLES) == 147
    assert set(WRONG) <= set(EXAMPLES)


@pytest.mark.parametrize("sql", [sql for sql in EXAMPLES if sql not in WRONG])
def test_an_example_returns_what_is_documented(session, sql):
    assert session.csv(sql, odps__sql__type__system__odps2="true") == as_a_cell(EXAMPLES[sql])
    assert session.csv(sql) == as_a_cell(EXAMPLES[sql])


@pytest.mark.parametrize("sql", WRONG)
def test_a_documented_value_is_listed_as_wrong_only_if_it_is(session, sql):
    assert session.csv(sql) != as_a_cell(EXAMPLES[sql]), WRONG[sql]


def test_what_the_wrong_values_should_be(session):
    assert session.csv("SELECT CONV('ab', 16, 16)") == '"AB"'
    assert session.csv("SELECT LTRIM(' abc ')") == '"abc "'
    assert session.csv("SELECT RTRIM('a abc ')") == '"a abc"'
    assert session.csv("SELECT CBRT(8)") == "2.0"
    assert session.csv('SELECT REGEXP_REPLACE("abcd", "(.*)(.)$", "\\\\2", 0)') == '"d"'
    assert session.csv("SELECT SUBSTRING('abc', 2, 1)") == '"b"'
    assert session.csv("SELECT URL_DECODE('a+b%3A', 'GBK')") == '"a b:"'
