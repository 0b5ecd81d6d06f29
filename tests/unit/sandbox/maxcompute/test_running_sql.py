"""MaxCompute SQL in the engine: results and errors."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from odps_bot.sandbox.maxcompute.engine.errors import InterruptedExecutionError, SqlError

NOW = datetime(2026, 11, 1, 12, 30, 15, tzinfo=UTC)
EXPRESSIONS = {
    "nvl(null, 3)": 3,
    "coalesce(null, 'a')": "a",
    "nvl2(null, 1, 2)": 2,
    "if(1 < 2, 'x', 'y')": "x",
    "decode(2, 1, 'a', 2, 'b', 'c')": "b",
    "case when 1 = 2 then 'a' else 'b' end": "b",
    "concat('a', null)": None,
    "concat_ws('-', 'a', 'b')": "a-b",
    "substr('hello', 2, 3)": "ell",
    "substr(12345, 2)": "2345",
    "instr('abcabc', 'c', 4)": 6,
    "length('中文')": 2,
    "lengthb('中文')": 6,
    "tolower('AbC')": "abc",
    "initcap('hello big world')": "Hello Big World",
    "split_part('a-b-c', '-', 2)": "b",
    "split_part('a-b-c', '-', 2, 3)": "b-c",
    "split('a,b', ',')[0]": "a",
    "substring_index('a.b.c', '.', -2)": "b.c",
    "regexp_extract('order 42', '(\\\\d+)')": "42",
    "regexp_replace('a1b2', '[0-9]', '')": "ab",
    "regexp_count('abab', 'a')": 2,
    "'abc' rlike 'b.'": True,
    "lpad('7', 3, '0')": "007",
    "reverse('abc')": "cba",
    "get_json_object('{\"a\": {\"b\": 5}}', '$.a.b')": "5",
    "md5('a')": "0cc175b9c0f1b6a831c399e269772661",
    "round(2.567, 2)": 2.57,
    "trunc(2.567, 1)": 2.5,
    "1.5": 1.5,
    "7 / 2": 3.5,
    "7 div 2": 3,
    "7 % 2": 1,
    "cast('12' as bigint)": 12,
    "cast(1 as string)": "1",
    "cast('2026-01-02 03:04:05' as datetime)": datetime(2026, 1, 2, 3, 4, 5),  # noqa: DTZ001  -- likewise
    "getdate()": (NOW + timedelta(hours=8)).replace(tzinfo=None, microsecond=0),
    "to_char(getdate(), 'yyyymmdd hh:mi:ss')": "20261101 20:30:15",
    "to_char(7)": "7",
    "to_date('20260131', 'yyyymmdd')": datetime(2026, 1, 31),  # noqa: DTZ001  -- likewise
    "date_format(getdate(), 'yyyy-MM-dd HH:mm')": "2026-11-01 20:30",
    "dateadd(to_date('20260131', 'yyyymmdd'), 1, 'mm')": datetime(2026, 2, 28),  # noqa: DTZ001
    "datediff(getdate(), to_date('20261001', 'yyyymmdd'), 'dd')": 31,
    "datetrunc(getdate(), 'mm')": datetime(2026, 11, 1),  # noqa: DTZ001  -- likewise
    "datepart(getdate(), 'hh')": 20,
    "weekday(to_date('20261122', 'yyyymmdd'))": 6,
    "last_day(to_date('20260203', 'yyyymmdd')) = date '2026-02-28'": True,
    "from_unixtime(0)": datetime(1970, 1, 1, 8),  # noqa: DTZ001  -- likewise
    "unix_timestamp(from_unixtime(5))": 5,
    "size(array(1, 2, 3))": 3,
    "array_contains(array(1, 2), 2)": True,
    "map('a', 1)['a']": 1,
    "named_struct('x', 1, 'y', 'z').y": "z",
    "greatest(1, 3, 2)": 3,
    "keyvalue('a:1;b:2', 'b')": "2",
    "keyvalue('a=1,b=2', ',', '=', 'a')": "1",
    "keyvalue('a:1', 'c')": None,
    "max_pt('orders')": "20261031",
    "max_pt('sandbox.orders')": "20261031",
}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_functions_behave_as_in_maxcompute(session, expression):
    assert session.value(expression) == EXPRESSIONS[expression]


FAILURES = {
    "select": "ODPS-0130161:[1,7] Parse exception - invalid token '<EOF>'",
    "select a b c from t": "ODPS-0130161:[1,12] Parse exception - invalid token 'c'",
    "select a,, b from t": "ODPS-0130161:[1,10] Parse exception - invalid token ','",
    "select a from t where": "ODPS-0130161:[1,22] Parse exception - invalid token '<EOF>'",
    "drop tabel x": "ODPS-0130161:[1,6] Parse exception - invalid token 'tabel'",
    "create table t (a bgint)": "ODPS-0130161:[1,19] Parse exception - invalid type 'bgint'",
    "-- only a comment": "ODPS-0130161:[0,0] Parse exception - empty statement",
    "select * from analytics.orders": (
        "ODPS-0130131:[1,25] Table not found - table analytics.orders cannot be resolved"
    ),
    "select i.nope from pyodps_iris i": (
        "ODPS-0130071:[1,10] Semantic analysis exception - column nope cannot be resolved"
    ),
    "select 1,\n  ifnull(name, 1) from pyodps_iris": (
        "ODPS-0130071:[2,3] Semantic analysis exception - "
        "function or view 'ifnull' cannot be resolved"
    ),
    "select substr('a')": (
        "ODPS-0130221:[1,8] Invalid number of arguments - "
        "function substr needs 2 or 3 parameters, actually have 1"
    ),
    "select name, sepallength from pyodps_iris group by name": (
        "ODPS-0130071:[1,14] Semantic analysis exception - "
        "column reference sepallength should appear in GROUP BY key"
    ),
    "select name from pyodps_iris a join pyodps_iris b on a.name = b.name": (
        "ODPS-0130071:[1,8] Semantic analysis exception - column name is ambiguous"
    ),
    "select 1 union all select 1, 2": (
        "ODPS-0130241:[1,20] Illegal union operation - "
        "both sides of union must have the same number of columns"
    ),
    "select sum(name) from pyodps_iris": (
        "ODPS-0123091:Illegal type cast - in function cast, "
        "value 'Iris-setosa' cannot be casted from String to Double."
    ),
    "select count(*) from orders": (
        "ODPS-0130071:[0,0] Semantic analysis exception - physical plan generation failed: "
        "java.lang.RuntimeException: Table(sandbox,orders) is full scan with all partitions, "
        "please specify partition predicates."
    ),
    "select * from orders where ds = '20300101'": (
        "ODPS-0130071:[1,28] Semantic analysis exception - Partition not found: ds=20300101"
    ),
    "desc orders partition (ds='x')": (
        "ODPS-0130071:[1,6] Semantic analysis exception - Partition not found: ds=x"
    ),
    "insert into pyodps_iris select 1": (
        "ODPS-0130071:[1,13] Semantic analysis exception - wrong columns count 1 in data source, "
        "requires 5 columns (includes dynamic partitions if any)"
    ),
    "insert into orders select * from orders where ds = '20261031'": (
        "ODPS-0130071:[1,13] Semantic analysis exception - number of input partition columns (0) "
        "doesn't equal to table's partition columns (1)"
    ),
    "update orders set city = 'x'": (
        "ODPS-0130071:[1,1] Semantic analysis exception - "
        "UPDATE is only supported on transactional tables"
    ),
    "create table orders (a bigint)": (
        "ODPS-0130211:[1,14] Table or view already exists - table sandbox.orders already exists"
    ),
    "select cast('2026-13-01' as datetime)": (
        "ODPS-0121095:Invalid argument - in function cast, "
        "string datetime's format must be yyyy-mm-dd hh:mi:ss, input string is:2026-13-01"
    ),
    "select to_date('x', 'yyyymmdd')": (
        "ODPS-0121095:Invalid argument - in function to_date, "
        "string datetime's format is wrong, input string is:x"
    ),
    "select 1 / 0": (
        "ODPS-0130071:[1,10] Semantic analysis exception - encounter runtime exception while "
        "evaluating function /, detailed message: DIVIDE func result overflow, "
        "two params are 1.000000 and 0.000000"
    ),
    "select 9223372036854775807 + 1": (
        "ODPS-0121145:Data overflow - the result is out of the range of its type"
    ),
    "select (select name from pyodps_iris)": (
        "ODPS-0130111:Subquery exception - scalar subquery must return exactly one row"
    ),
    "select 1; select 2": (
        "ODPS-0130161:[1,11] Parse exception - multi-statement query is not supported - "
        'Please add put { "odps.sql.submit.mode" : "script"} for multi-statement query in settings'
    ),
}


@pytest.mark.parametrize("sql", FAILURES)
def test_errors_have_maxcomputes_code_text_and_position(session, sql):
    assert session.failure(sql) == FAILURES[sql]


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from read_text('/etc/passwd')",
        "select * from glob('/*')",
        "select read_blob('/etc/passwd')",
        "select getenv('HOME')",
        "select * from duckdb_settings()",
        "select * from information_schema.tables",
        "select * from pg_catalog.pg_class",
        "select * from odps_results.result_i0",
        "select current_setting('memory_limit')",
        "copy (select 1) to '/tmp/x'",
        "attach '/tmp/x.db'",
        "install httpfs",
        "load httpfs",
        "pragma database_list",
        "export database '/tmp/x'",
        "call dbgen(sf=1)",
        "explain analyze select 1",
        "select * from sandbox.main.orders; drop schema sandbox",
        "add jar x.jar",
        "select transform(name) using 'sh' from pyodps_iris",
    ],
)
def test_nothing_but_the_projects_tables_can_be_reached(session, sql):
    with pytest.raises(SqlError):
        session.outcome(sql, odps__sql__submit__mode="script")


def test_the_configuration_of_the_database_is_locked(engine):
    with engine._database.cursor() as cursor:
        for statement in ("SELECT * FROM read_csv('/etc/passwd')", "SET threads = 64"):
            with pytest.raises(Exception, match=r"disabled|locked"):
                cursor.execute(statement)


def test_sample_tables_are_the_same_every_time(session):
    iris = session.rows("select count(*), sum(sepallength) from pyodps_iris")[0]
    orders = session.rows(
        "select count(*), count(distinct ds), min(ds), max(ds) from orders where ds > '0'"
    )[0]

    assert (iris[0], round(iris[1], 1)) == (150, 876.5)
    assert orders == (3_000, 30, "20261002", "20261031")
    assert session.rows("select count(*) from customers") == [(5_000,)]


def test_a_condition_outside_of_a_subquery_avoids_the_full_scan(session):
    sql = "select count(*) from (select * from orders) t where t.ds = '20261031'"

    assert session.rows(sql) == [(100,)]


def test_strings_and_numbers_can_be_compared(session):
    sql = "select count(*) from orders where ds between 20261030 and 20261031 and ds in (20261031)"

    assert session.rows(sql) == [(100,)]


def test_a_setting_allows_the_full_scan(session):
    for sql, settings in (
        ("set odps.sql.allow.fullscan=true; select count(*) from orders", {}),
        ("select count(*) from orders", {"odps__sql__allow__fullscan": "true"}),
    ):
        assert session.rows(sql, **settings) == [(3_000,)]


def test_a_setting_makes_invalid_casts_null(session):
    rows = session.rows("select cast('x' as bigint)", odps__sql__udf__strict__mode="false")

    assert rows == [(None,)]


def test_unnamed_columns_are_numbered(session):
    outcome = session.outcome("select 1, name, count(*), 2 as two from pyodps_iris group by name")

    assert [column.name for column in outcome.rows.columns] == ["_c0", "name", "_c2", "two"]


def test_names_of_with_clauses_hide_tables(session):
    sql = (
        "with orders as (select * from orders where ds = '20261031'), "
        "twice as (select * from orders union all select * from orders) select count(*) from twice"
    )

    assert session.rows(sql) == [(200,)]


def test_partitions_can_be_added_and_dropped(session):
    session.outcome("create table parted (a bigint) partitioned by (ds string, hh string)")
    session.outcome("alter table parted add if not exists partition (ds='1', hh='00')")
    session.outcome("insert overwrite table parted partition (ds='1', hh) select 7, '01'")
    session.outcome("insert into parted partition (ds='1', hh='01') values (8)")
    session.outcome("insert overwrite table parted partition (ds='2', hh='00') select 9")

    assert session.outcome("show partitions parted").text.splitlines() == [
        "ds=1/hh=00",
        "ds=1/hh=01",
        "ds=2/hh=00",
    ]
    assert session.rows("select a from parted where ds = '1' order by a") == [(7,), (8,)]

    session.outcome("alter table parted drop partition (ds='1', hh='01')")
    session.outcome("truncate table parted partition (ds='2', hh='00')")

    assert session.rows("select a from parted where ds > '0'") == []


def test_desc_describes_tables(session):
    session.outcome(
        "create table described (a bigint comment 'first', m map<string,array<bigint>>) "
        "comment 'to be shown' partitioned by (ds string) lifecycle 7"
    )

    shown = session.outcome("show create table described").text
    described = session.outcome("desc described").text

    assert "  a BIGINT COMMENT 'first',\n  m MAP<STRING,ARRAY<BIGINT>>\n" in shown
    assert "PARTITIONED BY (\n  ds STRING\n)\nLIFECYCLE 7;" in shown
    assert "| TableComment: to be shown" in described
    assert {len(line) for line in described.splitlines()} == {86}
    listed = session.outcome("show tables like 'desc*'").text
    assert listed == "ALIYUN$me@example.com:described"


def test_explain_returns_the_stages_and_runs_nothing(session):
    text = session.outcome(
        "explain insert into pyodps_iris select * from pyodps_iris order by name"
    ).text

    assert "R2_1 depends on: M1" in text
    assert session.rows("select count(*) from pyodps_iris") == [(150,)]


def test_too_deep_expressions_fail_with_an_error(session):
    failure = session.failure("select " + "(" * 5_000 + "1" + ")" * 5_000)

    assert "max depth of expression" in failure


def test_a_script_can_name_queries(session):
    sql = (
        "@flowers := select name, count(*) c from pyodps_iris group by name; "
        "@many := select * from @flowers where c > 1; select sum(c) from @many m"
    )

    assert session.rows(sql, odps__sql__submit__mode="script") == [(150,)]
    failure = session.failure("select * from @nothing")
    assert failure.endswith("variable @nothing cannot be resolved")


def test_multi_insert_fills_several_tables(session):
    session.outcome("create table small (name string)")
    session.outcome("create table large (name string) partitioned by (ds string)")

    session.outcome(
        "from pyodps_iris insert overwrite table small select name where sepallength < 5 "
        "insert into table large partition (ds='1') select name where sepallength >= 5"
    )

    assert session.rows("select count(*) from small") == [(22,)]
    assert session.rows("select count(*) from large where ds = '1'") == [(128,)]


def test_views_are_read_like_tables_and_not_written(session):
    session.outcome("create view doubled as select name, sepallength * 2 from pyodps_iris")

    assert session.rows("select max(_c1) from doubled") == [(15.8,)]
    assert "is a view" in session.failure("insert into doubled select 'a', 1")
    assert "is a view" in session.failure("drop table doubled")
    session.outcome("drop view doubled")
    assert "Table not found" in session.failure("select * from doubled")


def test_comparing_strings_with_numbers_returns_a_warning(engine):
    execution = engine.execution(
        "select * from orders where ds = 20261031",
        project="sandbox",
        owner="me",
        settings={},
        instance_id="warned",
        now=NOW,
    )

    (warning,) = execution.analyze().warnings
    assert warning.startswith("WARNING:[1,28] implicit conversion from STRING to DOUBLE")


@pytest.mark.parametrize("after_s", [0, 0.001, 0.01, 0.2])
def test_an_execution_can_be_stopped_at_any_time(engine, after_s):
    execution = engine.execution(
        "select count(*) from customers a, customers b, customers c where a.name < b.name",
        project="sandbox",
        owner="me",
        settings={},
        instance_id="stopped",
        now=NOW,
    )
    execution.analyze()
    stopper = threading.Timer(after_s, execution.stop)
    stopper.start()

    with pytest.raises(InterruptedExecutionError):
        execution.run()
    stopper.join()


def test_current_date_can_have_parentheses(session):
    assert session.value("current_date() = current_date") is True
