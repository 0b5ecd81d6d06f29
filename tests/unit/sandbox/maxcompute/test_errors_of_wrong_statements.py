"""Every wrong statement fails with a code of the service, at the place that is wrong.

`wrong_statements.txt` has a line for each: the code, with a position where the service's compiler
finds the fault, and the statement. The wording of the catalogue and of the positions is that of
https://www.alibabacloud.com/help/en/maxcompute/user-guide/sql-errors and
https://www.alibabacloud.com/help/en/maxcompute/use-cases/rewrite-incompatible-sql-statements
"""

import re
from pathlib import Path

import duckdb
import pytest

from odps_bot.sandbox.maxcompute.engine.duckdb_errors import from_duckdb
from odps_bot.sandbox.maxcompute.engine.errors import InterruptedExecutionError
from odps_bot.sandbox.maxcompute.engine.positions import Position

LINES = Path(__file__).with_name("wrong_statements.txt").read_text().splitlines()
WRONG = {sql.replace("\\n", "\n"): code for code, sql in (line.split("\t") for line in LINES)}
#: The service's own text has no position here.
FULL_SCAN = "is full scan with all partitions"
FOREIGN_WORDS = re.compile(
    r"duckdb|binder|catalog error|varchar|hugeint|\bint(8|16|32|64|128)\b|\binteger\b|_literal"
    r"|line 1:|candidate|try_cast|odps_functions|odps_casts|invalid input|conversion error"
    r"|unnest|struct_extract|timestamp_(ms|ns|s)\b|\[\]|macro|template|did you mean",
    re.IGNORECASE,
)


def test_there_are_enough_wrong_statements():
    assert len(WRONG) >= 250


@pytest.mark.parametrize("sql", WRONG)
def test_a_wrong_statement_fails_with_the_services_code_at_its_place(session, sql):
    failure = session.failure(sql)

    assert failure.startswith(WRONG[sql])
    assert not FOREIGN_WORDS.search(failure.replace(sql, ""))
    assert "[0,0]" not in failure or FULL_SCAN in failure


#: What DuckDB says for faults that checks of our own find first, and for those of its machinery.
MESSAGES = {
    duckdb.BinderException: ("Binder Error: whatever HUGEINT", "ODPS-0130071:[2,3]"),
    duckdb.CatalogException: ("Catalog Error: Type with name X does not exist!", "ODPS-0130071"),
    duckdb.ParserException: ("Parser Error: syntax error at or near", "ODPS-0130161:[2,3]"),
    duckdb.ConversionException: ("Conversion Error: Type INT128 wrong", "ODPS-0123091:"),
    duckdb.OutOfRangeException: ("Out of Range Error: Overflow in INT64", "ODPS-0121145:"),
    duckdb.InvalidInputException: ("Invalid Input Error: strptime", "ODPS-0121095:"),
    duckdb.ConstraintException: ("Constraint Error: NOT NULL failed", "ODPS-0123091:"),
    duckdb.NotImplementedException: ("Not implemented Error: VARCHAR", "ODPS-0130071:[2,3]"),
    duckdb.OutOfMemoryException: ("Out of Memory Error: failed to pin", "ODPS-0010000:"),
    duckdb.InternalException: ("INTERNAL Error: Attempted to access", "ODPS-0010000:"),
    duckdb.IOException: ("IO Error: no space", "ODPS-0010000:"),
    duckdb.TransactionException: ("TransactionContext Error: Conflict", "ODPS-0110061:"),
    duckdb.SerializationException: ("Serialization Error: x", "ODPS-0010000:"),
}


@pytest.mark.parametrize("kind", MESSAGES)
def test_no_class_of_duckdbs_errors_gets_through(kind):
    text, code = MESSAGES[kind]

    failure = from_duckdb(kind(text), lambda _name: Position(2, 3))

    assert str(failure).startswith(code)
    assert not FOREIGN_WORDS.search(str(failure))


def test_an_interrupt_is_no_failure():
    error = duckdb.InterruptException("INTERRUPT Error: Interrupted!")

    assert isinstance(from_duckdb(error, lambda _name: Position(1, 1)), InterruptedExecutionError)
