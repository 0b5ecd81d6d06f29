"""Values of unusual types: PyODPS reads them from tables and results as they were written."""

import math

import pytest

TYPES = {"odps.sql.type.system.odps2": "true"}


@pytest.fixture
def bytes_table(pyodps):
    hints = TYPES
    pyodps.execute_sql("create table if not exists raw_bytes (n bigint, b binary)", hints=hints)
    pyodps.execute_sql(
        "insert overwrite table raw_bytes values (1, X'616263'), (2, unhex('FF00')), (3, null)",
        hints=hints,
    )
    yield "raw_bytes"
    pyodps.execute_sql("drop table raw_bytes")


def test_pyodps_reads_bytes_of_a_table_and_of_a_result(pyodps, bytes_table):
    wanted = {1: b"abc", 2: b"\xff\x00", 3: None}

    with pyodps.execute_sql(f"select n, b from {bytes_table}", hints=TYPES).open_reader(
        tunnel=True
    ) as reader:
        columns = {column.name: column.type.name for column in reader.schema.columns}
        assert {row["n"]: row["b"] for row in reader} == wanted
    assert columns == {"n": "bigint", "b": "binary"}


def test_bytes_are_quoted_printable_in_the_result_as_text(pyodps, bytes_table):
    instance = pyodps.execute_sql(f"select n, b from {bytes_table} where b is not null")

    text = next(iter(instance.get_task_results().values()))

    assert sorted(str(text).splitlines()) == sorted(['"n","b"', '1,"abc"', '2,"=FF=00"'])


def test_pyodps_reads_what_is_not_a_finite_number(pyodps):
    sql = (
        "select cast('NaN' as double) as nan, cast('Infinity' as double) as plus, "
        "cast('-Infinity' as double) as minus"
    )

    for tunnel in (True, False):
        with pyodps.execute_sql(sql).open_reader(tunnel=tunnel) as reader:
            (row,) = reader
            values = [float(row[name]) for name in ("nan", "plus", "minus")]
        assert math.isnan(values[0])
        assert values[1:] == [math.inf, -math.inf]


def test_the_result_names_the_type_that_implicit_conversion_gives(pyodps):
    sql = "select 1 + '1' as sum, if(true, 1, 'a') as either, 7 div 2 as whole"

    with pyodps.execute_sql(sql).open_reader(tunnel=True) as reader:
        types = {column.name: column.type.name for column in reader.schema.columns}
        (row,) = reader

    assert types == {"sum": "double", "either": "string", "whole": "bigint"}
    assert (row["sum"], row["either"], row["whole"]) == (2.0, "1", 3)
