"""What the source of an instance says about it."""

import time

import pytest

from odps_bot.diagnosis.source_facts import OneWorker, SourceFacts, source_facts

JOIN = "select a.x from orders a join shops b on a.k = b.k"


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("select a from t order by a", [OneWorker.ORDER_BY]),
        ("select a from t order by a limit 3", [OneWorker.ORDER_BY, OneWorker.LIMIT]),
        ("select rank() over (order by a) from t", [OneWorker.WINDOW]),
        ("select max(a) from t", [OneWorker.AGGREGATE]),
        ("select count(distinct a) from t", [OneWorker.AGGREGATE, OneWorker.DISTINCT_COUNT]),
        ("select 1 from t join u on t.a > u.a", [OneWorker.JOIN]),
        ("select a, max(b) from t group by a", []),
        ("select sum(a) over (partition by b order by c) from t", []),
        (JOIN, []),
    ],
)
def test_what_limits_a_stage_to_one_worker_is_found(sql, found):
    assert source_facts(sql).one_worker == tuple(found)


@pytest.mark.parametrize(
    ("sql", "hint"),
    [
        (JOIN, "skewjoin(a)"),
        ("select 1 from orders a left join shops b on a.k = b.k", "skewjoin(a)"),
        ("select 1 from orders a right join shops b on a.k = b.k", "skewjoin(b)"),
        ("select 1 from ads.orders join shops b on orders.k = b.k", "skewjoin(orders)"),
        ("select 1 from orders a full join shops b on a.k = b.k", ""),
        ("select 1 from orders a join shops b on a.k > b.k", ""),
        (f"{JOIN} join regions c on b.r = c.r", ""),
        ("select 1 from (select 1 as k) join shops b on k = b.k", ""),
        ("select 1 from `a*/` join shops b on `a*/`.k = b.k", ""),
    ],
)
def test_a_skew_join_is_only_proposed_where_it_is_certain_for_which_table(sql, hint):
    assert source_facts(sql).skew_join_hint == hint


def test_joined_tables_are_named_once():
    facts = source_facts(f"{JOIN} union all {JOIN}")

    assert facts.joined_tables == ("a", "b")
    assert facts.sources == ("orders", "shops")
    assert facts.has_join
    assert not facts.has_group_by


@pytest.mark.parametrize(
    ("sql", "is_ddl"),
    [
        ("create table t (a bigint)", True),
        ("drop table t; create table t (a bigint)", True),
        ("create table t as select 1 as a", False),
        ("insert into t select 1", False),
        ("alter table t add partition (ds = '1')", True),
    ],
)
def test_what_only_defines_things_needs_no_quota(sql, is_ddl):
    assert source_facts(sql).is_ddl_only is is_ddl


def test_only_what_is_proven_is_repeatable():
    assert source_facts(JOIN).is_repeatable
    assert source_facts("insert overwrite table t select * from u").is_repeatable
    assert not source_facts("insert into t select * from u").is_repeatable
    assert not source_facts("select 'open").is_repeatable
    assert not source_facts("").is_repeatable


@pytest.mark.parametrize(
    ("sql", "settings"),
    [
        ("set odps.task.wlm.quota=etl; select 1", {}),
        ("select 1", {"odps.task.wlm.quota": "etl"}),
        ("set odps.task.wlm.quota=old; select 1", {"odps.task.wlm.quota": "etl"}),
    ],
)
def test_the_quota_is_the_one_that_the_settings_choose(sql, settings):
    assert source_facts(sql, settings).quota == "etl"


def test_of_other_tasks_nothing_is_read():
    facts = source_facts("PAI -name x", task_type="XLib")

    assert facts == SourceFacts(is_sql=False)


def test_a_long_text_costs_no_long_time():
    """Of 100,000 characters and more only the settings are read."""
    sql = "set odps.task.wlm.quota=etl;" + "select my_udf(a) from t union all " * 50_000

    began = time.process_time()

    assert source_facts(sql) == SourceFacts(quota="etl")
    assert time.process_time() - began < 1


def test_names_of_a_megabyte_are_kept_nowhere():
    name = "n" * 20_000
    facts = source_facts(f"select {name}(a) from {name} x join {name} on x.k = {name}.k")

    assert max(map(len, (*facts.functions, *facts.sources, *facts.joined_tables))) <= 128
    assert source_facts(f"select 1 from {name} join t on t.k = {name}.k").skew_join_hint == ""
    assert len(source_facts("", {"odps.task.wlm.quota": name}).quota) <= 128
