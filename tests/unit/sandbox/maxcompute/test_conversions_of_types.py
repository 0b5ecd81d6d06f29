"""Types and values of expressions, as the vendor's pages say.

https://www.alibabacloud.com/help/en/maxcompute/user-guide/type-conversions,
https://www.alibabacloud.com/help/en/maxcompute/user-guide/operators and
https://www.alibabacloud.com/help/en/maxcompute/user-guide/maxcompute-v2-0-data-type-edition
"""

import math
from datetime import UTC, datetime
from decimal import Decimal

import pytest

NOW = datetime(2026, 11, 1, tzinfo=UTC)
NEW_TYPES = {"odps__sql__type__system__odps2": "true"}


def typed(session, expression, **settings):
    outcome = session.outcome(f"select {expression}", **settings)
    (row,) = session.engine.rows(outcome.rows)
    return str(outcome.rows.columns[0].type), row[0]


CONVERTED = {
    # Strings take part in arithmetic as DOUBLE.
    "1 + '1'": ("double", 2.0),
    "'10' / 2": ("double", 5.0),
    "'3' * '4'": ("double", 12.0),
    "7 % '2'": ("double", 1.0),
    "-'3'": ("double", -3.0),
    "sum('2')": ("double", 2.0),
    "avg('3')": ("double", 3.0),
    "to_char(7) + 1": ("double", 8.0),
    # Two BIGINT have a DOUBLE as quotient only.
    "7 / 2": ("double", 3.5),
    "7 * 2": ("bigint", 14),
    "1 + 1.5": ("double", 2.5),
    "2147483647 + 1": ("bigint", 2**31),
    "7 div 2": ("bigint", 3),
    "sum(1)": ("bigint", 1),
    "avg(1)": ("double", 1.0),
    "avg(cast(1.5 as decimal(10,2)))": ("decimal(38,6)", Decimal("1.5")),
    # Comparisons of strings with numbers are those of DOUBLE, with times those of DATETIME.
    "'10' > 9": ("boolean", True),
    "1 = '1.0'": ("boolean", True),
    "'2' between 1 and 10": ("boolean", True),
    "2 in ('1', '2.0')": ("boolean", True),
    "'2' in (1, 2)": ("boolean", True),
    "'10' > '9'": ("boolean", False),
    "getdate() > '2020-01-01 00:00:00'": ("boolean", True),
    "'a' = 'a '": ("boolean", False),
    # CASE, IF, NVL and COALESCE: BIGINT and DOUBLE become DOUBLE, anything and STRING a STRING.
    "case when false then 1 else 2.5 end": ("double", 2.5),
    "case when true then 1 else 'a' end": ("string", "1"),
    "coalesce(null, 1, 2.5)": ("double", 1.0),
    "nvl(null, 1)": ("bigint", 1),
    "nvl('a', 1)": ("string", "a"),
    "if(true, 1, 'b')": ("string", "1"),
    "greatest(1, '2')": ("double", 2.0),
    "least('b', 'a')": ("string", "a"),
    "nvl2(null, 1, 'b')": ("string", "b"),
    "nvl2('a', 1, 2.5)": ("double", 1.0),
    "decode(1, 2, 3, 'x')": ("string", "x"),
    "decode(1, '1', 'a', 'b')": ("string", "a"),
    "decode(null, null, 'n', 'x')": ("string", "n"),
    # Functions of strings take numbers, those of numbers take strings.
    "length(123)": ("bigint", 3),
    "concat('a', 1, 2.5)": ("string", "a12.5"),
    "concat('a', null)": ("string", None),
    "substr(12345, '2', 2)": ("string", "23"),
    "upper(12)": ("string", "12"),
    "sqrt('4')": ("double", 2.0),
    "pow('2', 3)": ("double", 8.0),
    "'a' || 1": ("string", "a1"),
    "array(1, 'a')": ("array<string>", ["1", "a"]),
    # CAST cuts digits off, and reads texts as DOUBLE where they aren't whole.
    "cast(1.6 as bigint)": ("bigint", 1),
    "cast(-1.6 as bigint)": ("bigint", -1),
    "cast('1.6' as bigint)": ("bigint", 1),
    "cast('9223372036854775807' as bigint)": ("bigint", 2**63 - 1),
    "cast('1' as double)": ("double", 1.0),
    "cast(1.0 as string)": ("string", "1.0"),
    "cast(-1e-5 as string)": ("string", "-0.00001"),
    "cast(2.5e-8 as string)": ("string", "2.5e-8"),
    "cast(-1.5e16 as string)": ("string", "-15000000000000000.0"),
    "cast(12345678901234567.0 as string)": ("string", "12345678901234568.0"),
    "concat(1e20, 1e21)": ("string", "100000000000000000000.01e21"),
    "cast(1.7976931348623157e308 as string)": ("string", "1.7976931348623157e308"),
    "cast(array(1, 2) as array<string>)": ("array<string>", ["1", "2"]),
    "cast('abcdef' as varchar(3))": ("varchar(3)", "abc"),
    # Constants beyond BIGINT are DOUBLE; the suffixes name other types.
    "9223372036854775808": ("double", 2.0**63),
    "122320837456298376592387456923748": ("double", 1.2232083745629837e32),
    "1Y": ("tinyint", 1),
    "32767S": ("smallint", 32767),
    "1L": ("bigint", 1),
    "3.14D": ("double", 3.14),
    "3.5BD": ("decimal(2,1)", Decimal("3.5")),
    # Sums keep the scale of DECIMAL, products add the scales.
    "2.5BD + 1": ("decimal(21,1)", Decimal("3.5")),
    "2.5BD * 1.5BD": ("decimal(5,2)", Decimal("3.75")),
    "10BD / 4": ("decimal(22,18)", Decimal("2.5")),
    "cast('1.5' as decimal(10,2)) + 1.5": ("double", 3.0),
    # Of a DOUBLE by the digits that it shows.
    "cast(1.1 as decimal)": ("decimal(38,18)", Decimal("1.1")),
    "cast(1e-5 as decimal(10,6))": ("decimal(10,6)", Decimal("0.00001")),
    "cast(1 as decimal) / 3": ("decimal(38,18)", Decimal("0.3333333333333333")),
    # BINARY.
    "X'616263'": ("binary", b"abc"),
    "X'616'": ("binary", b"\x06\x16"),
    "unhex('FA34')": ("binary", b"\xfa\x34"),
    "cast('abc' as binary)": ("binary", b"abc"),
    "cast(X'616263' as string)": ("string", "abc"),
    "X'61' = unhex('61')": ("boolean", True),
    # NaN and infinity.
    "cast('Infinity' as double) > 1e300": ("boolean", True),
    "cast('NaN' as double) = cast('NaN' as double)": ("boolean", True),
    "cast(cast('-Infinity' as double) as string)": ("string", "-Infinity"),
    "cast(cast('NaN' as double) as string)": ("string", "NaN"),
    # Regular patterns and escapes.
    "'a%b' like 'a\\\\%b'": ("boolean", True),
    "'axb' like 'a\\\\%b'": ("boolean", False),
    "'aaa' like 'a__'": ("boolean", True),
    "null in (1, 2)": ("boolean", None),
    "1 & 3": ("bigint", 1),
}


@pytest.mark.parametrize("expression", CONVERTED)
def test_expressions_have_maxcomputes_type_and_value(session, expression):
    assert typed(session, expression) == CONVERTED[expression]


NEW = {
    "1": ("int", 1),
    "2147483648": ("bigint", 2**31),
    "1 + 1": ("int", 2),
    "1Y + 1S": ("smallint", 2),
    "1 + 1L": ("bigint", 2),
    "1 / 2": ("double", 0.5),
    "sum(1)": ("bigint", 1),
    "cast(1 as float) + 1": ("float", 2.0),
}


@pytest.mark.parametrize("expression", NEW)
def test_the_new_types_know_int_and_its_kin(session, expression):
    assert typed(session, expression, **NEW_TYPES) == NEW[expression]


def test_not_a_number_is_read_from_text(session):
    assert math.isnan(session.value("cast('NaN' as double)"))


def test_lenient_sessions_read_bad_numbers_as_null(session):
    lenient = {"odps__sql__udf__strict__mode": "false"}

    assert session.rows("select 'x' + 1, 1 = 'y', sum('z')", **lenient) == [(None, None, None)]
    failure = session.failure("select 'x' + 1")
    assert failure == (
        "ODPS-0123091:Illegal type cast - "
        "in function cast, value 'x' cannot be casted from String to Double."
    )


def test_the_branches_of_a_union_agree_on_types_without_strings(session):
    outcome = session.outcome("select 1 as n union all select 2.5")

    assert str(outcome.rows.columns[0].type) == "double"
    assert sorted(session.engine.rows(outcome.rows)) == [(1.0,), (2.5,)]
    assert session.failure("select 1 union all select 'a'").startswith("ODPS-0130241:[1,20]")


def test_names_of_the_select_list_are_known_where_maxcompute_knows_them(session):
    counted = "select name n, count(*) c from pyodps_iris"

    assert len(session.rows(f"{counted} group by n order by c limit 5")) == 3
    assert "column c cannot be resolved" in session.failure(f"{counted} group by name having c > 1")
    assert "column n cannot be resolved" in session.failure(
        f"{counted} where n = 'x' group by name"
    )


def test_order_by_needs_a_limit_where_the_project_checks_it(session):
    strict = {"odps__sql__validate__orderby__limit": "true"}
    sql = "select name from pyodps_iris\norder by name"

    failure = session.failure(sql, **strict)

    assert failure == (
        "ODPS-0130071:[2,1] Semantic analysis exception - ORDER BY must be used with a LIMIT clause"
    )
    assert len(session.rows(f"{sql} limit 2", **strict)) == 2


def test_inserts_convert_to_the_columns_types(session):
    session.outcome(
        "create table wanted (b binary, s string, n bigint, d double, t datetime, m decimal(10,2))"
    )

    session.outcome(
        "insert into wanted values (X'FF', 1, '5', '2.5', '2020-01-01 00:00:00', '1.25')"
    )
    session.outcome("insert into wanted select null, 1.5, 2.7, 1, null, 3")

    rows = session.rows("select b, s, n, d, m from wanted order by d desc limit 5")
    assert rows == [
        (b"\xff", "1", 5, 2.5, Decimal("1.25")),
        (None, "1.5", 2, 1.0, Decimal("3.00")),
    ]


def test_the_new_types_insert_doubles_into_bigint_by_cast_only(session):
    session.outcome("create table strictly (n bigint)")

    failure = session.failure("insert into strictly select 2.7 as x", **NEW_TYPES)
    session.outcome("insert into strictly select cast(2.7 as bigint)", **NEW_TYPES)

    assert failure == (
        "ODPS-0130071:[1,13] Semantic analysis exception - column x in source has incompatible "
        "type DOUBLE with destination column n, which has type BIGINT"
    )
    assert session.rows("select n from strictly") == [(2,)]


def test_values_alone_are_a_query(session):
    outcome = session.outcome("values (1, 'a'), (2, 'b')")

    assert [(c.name, str(c.type)) for c in outcome.rows.columns] == [
        ("_c0", "bigint"),
        ("_c1", "string"),
    ]
    assert list(session.engine.rows(outcome.rows)) == [(1, "a"), (2, "b")]


def test_warnings_are_at_the_point_of_a_qualified_column(engine):
    execution = engine.execution(
        "SELECT * FROM pyodps_iris a JOIN pyodps_iris b ON a.sepallength = b.name",
        project="sandbox",
        owner="me",
        settings={},
        instance_id="qualified",
        now=NOW,
    )

    (warning,) = execution.analyze().warnings
    assert warning == (
        "WARNING:[1,68] implicit conversion from STRING to DOUBLE, potential data loss, "
        "use CAST function to suppress"
    )
