"""What a statement destroys: whoever runs it says yes to that first."""

import pytest

from odps_bot.sql.classification import Destruction, DestructionKind, StatementClass, classify

K = DestructionKind


def one(kind, name="", noun="table", partition=""):
    return (Destruction(kind=kind, name=name, noun=noun, partition=partition),)


DESTROYING = {
    "drop table orders": one(K.DROP, "orders"),
    "DROP TABLE IF EXISTS p.`orders 2`;": one(K.DROP, "p.orders 2"),
    "drop table p.s.orders": one(K.DROP, "p.s.orders"),
    "drop view v": one(K.DROP, "v", "view"),
    "drop view if exists v": one(K.DROP, "v", "view"),
    "drop materialized view if exists mv": one(K.DROP, "mv", "materialized view"),
    "drop function f": one(K.DROP, "f", "function"),
    "drop schema s": one(K.DROP, "s", "schema"),
    "drop role r": one(K.DROP, "r", "role"),
    "delete role r": one(K.DROP, "r", "role"),
    "drop package k": one(K.DROP, "k", "package"),
    "alter table t drop partition (ds='1')": one(K.DROP_PARTITION, "t", partition="ds='1'"),
    "alter table t drop if exists partition (ds='1', hh='2'), partition (ds='3')": one(
        K.DROP_PARTITION, "t", partition="ds='1', hh='2'; ds='3'"
    ),
    "alter table t drop partition (ds < '20260101')": one(
        K.DROP_PARTITION, "t", partition="ds < '20260101'"
    ),
    "alter table t drop columns a, b": one(K.DROP_COLUMN, "t"),
    "alter table t drop column a": one(K.DROP_COLUMN, "t"),
    "truncate table t": one(K.TRUNCATE, "t"),
    "truncate table t partition (ds='1')": one(K.TRUNCATE, "t", partition="ds='1'"),
    "insert overwrite table t select 1": one(K.OVERWRITE, "t"),
    "insert overwrite t values (1)": one(K.OVERWRITE, "t"),
    "insert overwrite table t (a) select 1": one(K.OVERWRITE, "t"),
    "with q as (select 1) insert overwrite table t select * from q": one(K.OVERWRITE, "t"),
    "insert overwrite table t partition (ds) select 1, 2": one(K.OVERWRITE_PARTITIONS, "t"),
    "from x insert overwrite table a select a insert into table b select b": one(K.OVERWRITE, "a"),
    "load overwrite table t from location 'oss://x' row format serde 'x'": one(K.OVERWRITE, "t"),
    "clone table a to b if exists overwrite": one(K.OVERWRITE, "b"),
    "create or replace table t as select 1": one(K.REPLACE, "t"),
    "update t set a = 1": one(K.UPDATE, "t"),
    "update t set a = 1 where true": one(K.UPDATE, "t"),
    "update t set a = 1 where 1=1": one(K.UPDATE, "t"),
    "update t set a = 1 where ((1 = 1)) or id = 5": one(K.UPDATE, "t"),
    "update t set a = 1 where id = 5 or 'x' = 'x'": one(K.UPDATE, "t"),
    "update t set a = 1 where t.id = t.id": one(K.UPDATE, "t"),
    "update t set a = 1 from s": one(K.UPDATE, "t"),
    "delete from t": one(K.DELETE, "t"),
    "delete from t where not false": one(K.DELETE, "t"),
    "delete from t where 1 <> 2 and true": one(K.DELETE, "t"),
    "merge into t using s on t.id = s.id when not matched by source then delete": one(
        K.DELETE_UNMATCHED, "t"
    ),
    "merge into t using s on 1 = 1 when matched then delete": one(K.DELETE, "t"),
    "merge into t using s on 1 = 1 when matched and true then delete": one(K.DELETE, "t"),
    "merge into t using s on t.a = s.a when not matched by source and 1 = 1 then delete": one(
        K.DELETE_UNMATCHED, "t"
    ),
    "delete from t where length('x') > 0": one(K.DELETE, "t"),
    "delete from t where rand() >= 0 or id = 5": one(K.DELETE, "t"),
    "truncate table a, b": (*one(K.TRUNCATE, "a"), *one(K.TRUNCATE, "b")),
    "purge table t": one(K.PURGE, "t"),
    "purge all": one(K.PURGE, noun="recycle bin"),
    "purge temporary output": one(K.PURGE, noun="temporary output"),
    "purge privs from user bob": one(K.PURGE, noun="privileges"),
    "restore table t to LSN = '5'": one(K.RESTORE, "t"),
    "undo table t to 3": one(K.RESTORE, "t"),
}

KEEPING = [
    "select 'drop table x' from t",
    "select 1 -- drop table t",
    "explain insert overwrite table t select 1",
    "create table t as select 1",
    "create table if not exists t (a string)",
    "create or replace view v as select 1",
    "alter table t add columns (x string)",
    "alter table t rename to u",
    "alter table t merge smallfiles",
    "insert into table t select 1",
    "insert overwrite table t partition (ds='1') select 1",
    "insert overwrite table t partition (ds='1', hh) select 1, 2",
    "load into table t from location 'oss://x' row format serde 'x'",
    "update t set a = 1 where id = 5",
    "update t set a = 1 where id = 5 and 1 = 1",
    "update t set a = 1 where id between 1 and 5",
    "update t set a = 1 where 1 = 2",
    "delete from t where ds = '20260101' or ds = '20260102'",
    "delete from t x where x.id in (1, 2)",
    "merge into t using s on t.id = s.id when matched then delete",
    "merge into t using s on t.id = s.id when not matched then insert values (1)",
    "clone table a to b",
    "clone table a partition (ds='1') to b if exists overwrite",
    "restore table t ('id'='5')",
    "restore table t to LSN = '5' as t2",
    "grant select on table t to user bob",
    "pai -name kmeans -DoverwriteTable=true -Dx=drop",
    "show partitions t",
]


@pytest.mark.parametrize("sql", DESTROYING)
def test_what_loses_data_says_what(sql):
    assert classify(sql).destroys == DESTROYING[sql]


@pytest.mark.parametrize("sql", KEEPING)
def test_what_keeps_data_destroys_nothing(sql):
    assert classify(sql).destroys == ()


def test_every_statement_of_a_script_counts_and_each_thing_once():
    script = (
        "set a=b; drop table a; select 1; drop table b; drop table a; from x insert overwrite table"
        " c select 1 insert overwrite table d select 2;"
    )

    found = classify(script).destroys

    assert [(each.kind, each.name) for each in found] == [
        (K.DROP, "a"),
        (K.DROP, "b"),
        (K.OVERWRITE, "c"),
        (K.OVERWRITE, "d"),
    ]


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("drop frobnicate x", "drop"),
        ("if 1 = 1 begin truncate table t", "truncate"),
        ("select 1\0; insert overwrite table t select 1", "overwrite"),
    ],
)
def test_what_nobody_can_read_may_destroy_what_its_words_say(sql, word):
    found = classify(sql)

    assert found.statement_class is StatementClass.UNKNOWN
    assert [(each.kind, each.noun) for each in found.destroys] == [(K.UNPROVEN, word)]


def test_no_read_of_the_corpus_destroys_anything(judged):
    assert not [entry for entry, found in judged if found.is_read and found.destroys]


def test_every_drop_of_the_corpus_destroys_something(judged):
    verbs = ("DROP", "TRUNCATE", "PURGE")
    missed = [
        str(entry)
        for entry, found in judged
        for info in found.statements
        if info.verb.startswith(verbs) and not info.destroys
    ]

    assert not missed
