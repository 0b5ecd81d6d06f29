"""A project that the bot does not use is refused by whatever name leads to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.config.rules import Project
from odps_bot.policy.foreign_projects import foreign_projects
from odps_bot.sql.classification import classify

SERVED = ("Ads", "ads_dev")

#: Each names `fin`, which the bot does not use, in a position of its own.
READS = {
    "option": "list tables -p fin",
    "from": "select * from fin.t",
    "other letters": "select * from FIN.t",
    "back-ticks": "select * from `fin`.`t`",
    "back-ticks around both": "select * from `fin.t`",
    "spaces and comments": "select * from fin /* x */ . -- y\n t",
    "three parts": "select * from fin.s.t",
    "join": "select * from a join fin.t b on a.x = b.x",
    "comma": "select * from a, fin.t",
    "brackets": "select * from (a join (fin.t) on a.x = t.x)",
    "subquery": "select * from (select * from fin.t) q",
    "in": "select * from a where x in (select x from fin.t)",
    "exists": "select * from a where exists (select 1 from fin.t)",
    "scalar": "select (select max(x) from fin.t)",
    "argument": "select f((select max(x) from fin.t)) from a",
    "case": "select case when (select 1 from fin.t) = 1 then 2 end",
    "CTE": "with q as (select * from fin.t) select * from q",
    "CTE in a CTE": "with q as (with r as (select * from fin.t) select * from r) select * from q",
    "from first": "from fin.t select *",
    "union": "select 1 union all select x from fin.t",
    "lateral view": "select * from a lateral view fin.f(x) v as y",
    "table function": "select * from fin.f(1)",
    "function": "select fin.f(x) from a",
    "function of a project": "select fin:f(x) from a",
    "function of a project's schema": "select fin:s.f(x) from a",
    "function behind a colon": "select (a):fin.f(x), a[0]:fin.f(x) from a",
    "function of three parts": "select fin.s.f(x) from a",
    "window": "select sum(fin.f(x)) over (partition by fin.g(y)) from a",
    "order": "select x from a order by fin.f(x)",
    "max_pt": "select * from a where ds = max_pt('fin.t')",
    "max_pt in double quotes": 'select * from a where ds = max_pt("fin.t")',
    "max_pt of parts": "select * from a where ds = max_pt('fi' 'n.t')",
    "max_pt with spaces": "select * from a where ds = max_pt(' fin . t ')",
    "max_pt with back-ticks": "select * from a where ds = max_pt('`fin`.t')",
    "partition_exists": "select partition_exists('fin.t', '1')",
    "table_exists": "select table_exists('fin.s.t')",
    "function behind a long name": "select fin:s.f.g(x) from a",
    "colon in back-ticks": "select * from `fin:t`",
    "function in back-ticks": "select `fin:f`(x) from a",
    "model": "select ai_generate(fin.s.m, default_version, x) from a",
    "model with a dash": "select ai_generate(fin.s.m-1, default_version, x) from a",
    "model in back-ticks": "select ml_predict(`fin.m`, default_version, x) from a",
    "model in quotes": "select ai_generate('fin.s.m', default_version, x) from a",
    "explain": "explain select * from fin.t",
    "explain an insert": "explain insert into fin.t select 1",
    "cost": "cost sql select * from fin.t",
    "variable": "@x := select * from fin.t",
    "script": "select 1; select * from fin.t",
    "show tables": "show tables in fin",
    "show tables of a schema": "show tables in fin.s",
    "show tables from": "show tables from fin like 'x*'",
    "show functions": "show functions in fin",
    "show schemas": "show schemas in fin",
    "show partitions": "show partitions fin.t",
    "show create": "show create table fin.t",
    "show columns": "show columns from fin.t",
    "show columns in": "show columns from t in fin",
    "show tblproperties": "show tblproperties fin.t",
    "show history": "show history for table fin.t",
    "show recyclebin": "show recyclebin in fin",
    "show statistic": "show statistic fin.t",
    "show package": "show package fin.p",
    "show grants": "show grants on table fin.t",
    "show acl": "show acl for fin.t on type table",
    "show extended": "show table extended in fin like x",
    "desc": "desc fin.t",
    "desc extended": "desc extended fin.t partition (ds = '1')",
    "desc project": "desc project fin",
    "desc package": "desc package fin.p",
    "desc schema": "desc schema fin.s",
    "desc function": "desc function fin.f",
    "read": "read fin.t 10",
    "count": "count fin.t",
}

CHANGES = {
    "insert into": "insert into fin.t select 1",
    "insert overwrite": "insert overwrite table fin.t partition (ds = '1') select 1",
    "multi-insert": "from a insert into b select 1 insert into fin.t select 2",
    "insert behind a CTE": "with q as (select 1) insert into fin.t select * from q",
    "update": "update fin.t set a = 1",
    "delete": "delete from fin.t where a = 1",
    "merge": "merge into fin.t using b on t.x = b.x when matched then delete",
    "load": "load into table fin.t from location 'oss://b/'",
    "import": "import table fin.t from 'x'",
    "create table": "create table fin.t (a bigint)",
    "create table as": "create table fin.t as select 1",
    "create view": "create or replace view fin.v as select 1",
    "create function": "create function fin.f as 'x.Y' using 'x.jar'",
    "create function of a project": "create function fin:f as 'x.Y' using 'x.jar'",
    "drop function of a project": "drop function fin:f",
    "create schema": "create schema fin.s",
    "drop schema": "drop schema if exists fin.s",
    "drop": "drop table if exists fin.t",
    "truncate": "truncate table fin.t",
    "alter": "alter table fin.t add columns (a bigint)",
    "rename": "alter table a rename to fin.t",
    "exchange": "alter table a exchange partition (ds = '1') with table fin.t",
    "clone": "clone table a to fin.t",
    "msck": "msck repair table fin.t",
    "analyze": "analyze table fin.t compute statistics",
    "resource": "create function f as 'x.Y' using 'fin/resources/x.jar'",
    "resource of a schema": "create function f as 'x.Y' using 'a.jar,fin/schemas/s/resources/x'",
    "use": "use fin",
    "grant": "grant select on table fin.t to user alice",
    "grant on a project": "grant list on project fin to user alice",
    "allow": "allow project fin to install package p",
    "PAI table": "PAI -name x -DinputTableName=fin.t -Dlr=0.1",
    "PAI quoted": 'PAI -name x -DinputTableName="fin.t"',
    "PAI list": "PAI -name x -DinputTableNames=a,fin.t",
    "PAI address": "PAI -name x -Dinput=odps://fin/tables/t",
    "PAI address quoted": "PAI -name x -Dinput='odps://fin/tables/t'",
    "PAI partition": "PAI -name x -DinputTableName='fin.t/ds=1'",
    "PAI algorithm": "PAI -name x -project fin",
    "Java": "select new java.util.Date() from a, fin.t",
    "Java and a function": "select 'a'.getClass(), fin:f(x) from a",
    "Java in a CTE": "with q as (select new A() from fin.t) select * from q",
    "function described": "describe function fin:f extended",
    "tunnel": "tunnel download fin.t x.csv",
    "jar": "jar -resources fin/resources/x.jar -classpath y",
    "call": "call fin.p(1)",
    "predict": "select * from ml_predict(model fin.m, table a)",
    "transform": "select transform(a) using 'x' from fin.t",
    "not cut": "select * from fin.t where a = 'never closed",
    "not known": "frobnicate table fin.t",
    "not known, either": "frobnicate fin.t",
}

READ_FOR_CHANGES = {
    "package": "install package fin.p",
    "insert": "insert into a select * from fin.t",
    "create table as": "create table a as select * from fin.t",
    "create view": "create view v as select * from fin.t",
    "like": "create table a like fin.t",
    "clone": "clone table fin.t to a",
    "merge": "merge into a using fin.t b on a.x = b.x when matched then delete",
    "update": "update a set x = (select max(y) from fin.t)",
    "delete": "delete from a where x in (select y from fin.t)",
    "unload": "unload from fin.t into location 'oss://b/'",
    "unload a query": "unload from (select * from fin.t) into location 'oss://b/'",
    "export": "export table fin.t to 'x'",
}


def refused(sql, rules=Project(), hints=None):  # noqa: B008  -- frozen
    found = foreign_projects(classify(sql, hints or {}), served=SERVED, rules=rules)
    return {name: done.label for name, done in found.items()}


@pytest.mark.parametrize("sql", READS.values(), ids=READS.keys())
def test_a_read_of_a_project_that_the_bot_does_not_use_is_refused(sql):
    assert classify(sql).is_read
    assert refused(sql) == {"fin": "read"}


@pytest.mark.parametrize("sql", CHANGES.values(), ids=CHANGES.keys())
def test_what_changes_a_project_that_the_bot_does_not_use_is_refused_whatever_the_rules(sql):
    rules = Project(reads_from=("fin", "*"))

    assert not classify(sql).is_read
    assert list(refused(sql, rules)) == ["fin"]


@pytest.mark.parametrize("sql", READ_FOR_CHANGES.values(), ids=READ_FOR_CHANGES.keys())
def test_what_is_only_read_for_a_change_may_be_allowed(sql):
    assert list(refused(sql)) == ["fin"]
    if not sql.startswith("clone"):  # of both names MaxCompute's grammar says that they are tables
        assert refused(sql, Project(reads_from=("fin",))) == {}


@pytest.mark.parametrize("reads_from", [("fin",), ("FIN", "x"), ("*",)])
def test_a_rule_allows_reading(reads_from):
    assert refused("select * from fin.t", Project(reads_from=reads_from)) == {}


def test_another_projects_name_in_the_rule_allows_nothing():
    assert refused("select * from fin.t", Project(reads_from=("fi", "find"))) == {"fin": "read"}


@pytest.mark.parametrize(
    "sql",
    [
        "select t.col, s.f.g, t.m['k'].x from ads.t t join ADS_DEV.u s on t.a = s.a",
        "select ads:f(x), ads.f(x), f(x) from t",
        "select a.b:c from t",
        "select ai_generate(m, v, 'x'), ai_generate('m', v, 'x.y') from t",
        "insert into ads.t select * from ads_dev.u",
        "create table t (s struct<x:bigint, y:array<string>>)",
        "create table t (a string) stored by 'com.x.Y' location 'oss://b.c/d'",
        "alter table t change column a b struct<x:bigint>",
        "alter table t set tblproperties ('a.b' = 'c.d')",
        "drop schema fin",
        "grant role r to user RAM$fin.x@y.com:z",
        "show grants for user ALIYUN$fin.x@aliyun.com",
        "show p from 20261101 to 20261102 10",
        "add jar fin.jar",
        "PAI -name split -project algo_public -Dlr=0.1 -Dscript=train.py -DmodelName=m",
        "select new java.util.Date(), t.a from ads.u t",
        "desc t",
        "show tables",
        "select 'select * from fin.t' from t -- fin.t\n",
    ],
)
def test_what_names_no_foreign_project_is_not_refused(sql):
    assert refused(sql) == {}


def test_two_parts_are_a_schema_where_a_rule_says_so():
    rules = Project(schemas=True)

    assert refused("select s.f(x) from s.t join `u.v`", rules) == {}
    assert refused("insert into s.t select 1", rules) == {}
    assert refused("select * from fin.s.t", rules) == {"fin": "read"}
    assert refused("select fin:f(1)", rules) == {"fin": "read"}
    assert refused("select `fin:f`(1)", rules) == {"fin": "read"}
    assert refused("show schemas in fin", rules) == {"fin": "read"}


@pytest.mark.parametrize("value", ["false", "FALSE", "0", "", "no"])
@pytest.mark.parametrize("key", ["odps.namespace.schema", "odps.sql.allow.namespace.schema"])
def test_whoever_turns_schemas_off_names_a_project_by_two_parts(key, value):
    rules = Project(schemas=True)

    assert refused(f"set {key}={value or 'x'}; select * from fin.t", rules) == {"fin": "read"}
    assert refused("select * from fin.t", rules, {key.upper(): value}) == {"fin": "read"}
    assert refused(f"set {key}=true; select * from fin.t", rules) == {}


def test_turning_schemas_on_does_not_open_what_no_rule_calls_a_schema():
    assert refused("set odps.namespace.schema=true; select * from fin.t") == {"fin": "read"}


@given(
    st.sampled_from([*READS.values(), *CHANGES.values()]),
    st.sampled_from(["select 1", "select * from ads.t", "set odps.stage.num=1", "desc t"]),
    st.booleans(),
)
def test_no_statement_beside_it_hides_a_foreign_project(hostile, harmless, is_first):
    text = ";\n".join((hostile, harmless) if is_first else (harmless, hostile))

    assert "fin" in refused(text)
