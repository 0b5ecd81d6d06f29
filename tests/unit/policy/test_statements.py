"""What is not proven to read is not a read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.policy.statements import is_plainly_a_read


@pytest.mark.parametrize(
    "sql",
    [
        "select 1",
        "SELECT * FROM t WHERE name = 'insert into t'",
        "set odps.sql.allow.fullscan=true; select count(*) from t;",
        "with a as (select 1 as n) select n from a -- drop table t",
        "select `delete` from t",
        "desc t",
        "show tables",
    ],
)
def test_a_plain_read_is_one(sql):
    assert is_plainly_a_read(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "",
        ";",
        "insert into t select 1",
        "with a as (select 1) insert overwrite table t select * from a",
        "from t insert into u select *",
        "select 1; drop table t",
        "create table t as select 1",
        "select transform(a) using 'rm' from t",
        "select 'unterminated from t",
        "select 1 as \u017felect into t",
        "/* select */ drop table t",
        "update t set a = 1",
        "truncate table t",
        "select 1; select 2",
        "set labelsecurity=true; select 1",
    ],
)
def test_everything_else_is_not(sql):
    assert not is_plainly_a_read(sql)


@given(st.text(), st.sampled_from(["insert into t select 1", "drop table t", "delete from t"]))
def test_what_stands_before_a_write_makes_no_read_of_it(noise, write):
    text = f"{noise};\n{write}"
    quotes_are_closed = not any(mark in noise for mark in "'\"`") and "/*" not in noise

    assert not (quotes_are_closed and "--" not in noise and is_plainly_a_read(text))
