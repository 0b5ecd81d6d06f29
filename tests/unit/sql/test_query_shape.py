"""What a query is made of: joins, groups, functions, and what limits it to one worker."""

import re
from pathlib import Path
from time import process_time

import pytest

from odps_bot.sql.query_shape import query_shape

CORPUS = Path(__file__).parent / "classification" / "corpus" / "functions.txt"


def functions(sql):
    return query_shape(sql).functions


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("select my_udf(a) from t", ["my_udf"]),
        ("select ads:my_udf(a), MY.pkg.f(b) from t", ["ads:my_udf", "MY.pkg.f"]),
        ("select `my udf`(a) from t", ["my udf"]),
        ("select count(*), sum(my_udf(a)) from t where other_udf(b) > 1", ["my_udf", "other_udf"]),
        ("select k, v from t lateral view my_udtf(x) u as k, v", ["my_udtf"]),
        ("select k from t lateral view outer my_udtf(x) u as k", ["my_udtf"]),
        ("select transform(a) using 'python3 f.py' as (b string) from t", ["transform"]),
        ("insert into t (a, b) select f(a), f(b) from u", ["f"]),
        ("set x=1; select f(1); select g(2);", ["f", "g"]),
        ("select case when f(a) then 1 else g(b) end from t", ["f", "g"]),
    ],
)
def test_functions_that_are_not_built_in_are_found(sql, found):
    assert functions(sql) == found


@pytest.mark.parametrize(
    "sql",
    [
        "insert into t (a, b) values (1, 2)",
        "insert overwrite table t partition (ds = '1') select a from u",
        "select a from (select 1 as a) x (a)",
        "with c (a) as (select 1) select a from c where a in (1, 2)",
        "create table t (a decimal(10, 2), b varchar(20)) lifecycle 3",
        "select row_number() over (partition by a order by b) from t",
        "select left(a, 1), right(a, 1), if(a, b, c) from t",
        "select a from t lateral view explode(split(b, ',')) u as a",
        "select a from t group by grouping sets ((a), (b))",
        "select 'f(x)' -- g(y)\n from t",
        "select from values (1, 2) t(a, b)",
    ],
)
def test_nothing_else_is_taken_for_a_function(sql):
    assert functions(sql) == []


def test_the_documented_functions_are_built_in():
    """Of the examples in MaxCompute's documentation nothing counts as somebody's own."""
    parts = re.split(r"(?m)^# ", CORPUS.read_text())
    built_in = [part for part in parts if part.startswith("Built-in functions")]
    lines = [line for part in built_in for line in part.splitlines()]
    reads = [re.split(r"\s+", line, maxsplit=1)[1] for line in lines if line.startswith("read  ")]

    assert len(reads) > 50
    assert {name for sql in reads for name in functions(sql)} == set()


def test_a_join_is_read_with_its_sources_and_its_condition():
    shape = query_shape(
        "select * from ads.orders a left outer join ads.shops as b on a.shop = b.id"
        " join (select 1 as x) c on a.x > c.x cross join d"
    )

    block = shape.blocks[0]
    assert block.first_source == "a"
    assert [(join.kind, join.source, join.has_equality) for join in block.joins] == [
        ("left", "b", True),
        ("inner", "c", False),
        ("cross", "d", False),
    ]


@pytest.mark.parametrize(
    ("sql", "source"),
    [
        ("select * from t join u using (a)", "t"),
        ("select * from p.s.t join u on t.a == u.a", "t"),
        ("select * from (select 1 as a) join u on a = b where x = 1", ""),
        ("from t join u on t.a = u.a insert into v select *", "t"),
    ],
)
def test_sources_are_named_by_alias_or_last_part(sql, source):
    [block] = [block for block in query_shape(sql).blocks if block.joins]

    assert block.first_source == source
    assert block.joins[0].has_equality


def test_a_subquery_is_a_block_of_its_own():
    shape = query_shape(
        "select a, count(*) from (select a from t order by a limit 9) x group by a"
        " union all select 1, sum(b) from u"
    )

    facts = [
        (block.has_group_by, block.has_order_by, block.has_limit, block.aggregates)
        for block in shape.blocks
    ]
    assert facts == [
        (True, False, False, ["count"]),
        (False, True, True, []),
        (False, False, False, ["sum"]),
    ]


def test_the_order_of_a_window_is_not_that_of_the_query():
    [block] = query_shape("select sum(a) over (order by b) from t").blocks

    assert block.has_window_without_partition
    assert not block.has_order_by
    assert block.aggregates == []


def test_what_cannot_be_read_is_left_out():
    assert query_shape("select f(\\) from t").functions == []
    assert query_shape("select f('").functions == []
    assert query_shape(")) select f(1) ((").functions == ["f"]
    assert not query_shape("").has_select


@pytest.mark.parametrize("condition", ["c = 1 or ", "a.x = b.x and "])
def test_thousands_of_conditions_behind_a_join_take_no_long_time(condition):
    clause = "where" if "or" in condition else "on"
    began = process_time()
    [block] = query_shape(f"select * from a join b {clause} {condition * 8_000} 1 = 1").blocks

    assert process_time() - began < 3  # a hundredth of that; it took 20 seconds
    assert block.joins[0].has_equality is (clause == "on")


def test_a_comparison_behind_a_subquery_in_a_condition_still_belongs_to_the_join():
    shape = query_shape("select 1 from a join b on a.t > (select max(t) from c) and a.x = b.x")

    assert shape.blocks[0].joins[0].has_equality
