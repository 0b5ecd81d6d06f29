"""Statements that differ in values only have the same fingerprint."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.sql.fingerprint import job_fingerprint, statement_fingerprint, text_fingerprint


def test_statements_that_differ_in_values_are_the_same_job():
    one = "SELECT * FROM t WHERE ds = '20261122' AND n > 5; -- today"
    other = "select *\nfrom t where ds='20261123' and n > 17"
    different = "select * from t where ds > '20261123' and n > 17"

    assert statement_fingerprint(one) == statement_fingerprint(other)
    assert statement_fingerprint(other) != statement_fingerprint(different)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("select '--', a from t", "select '--', b from t"),
        ("select '/*', a from t", "select '/*', b from t"),
        ("select `it's`, a from t", "select `it's`, b from t"),
    ],
)
def test_a_comment_does_not_begin_in_quotes(one, other):
    assert statement_fingerprint(one) != statement_fingerprint(other)


def test_quotes_in_comments_open_nothing():
    one = "select a -- it's\nfrom t where b = 'x'"

    assert statement_fingerprint(one) == statement_fingerprint("select a from t where b = 'y'")


def test_fingerprints_of_earlier_versions_are_still_found():
    sql = "insert overwrite table t partition (ds='20261122') select a1, 1.5 from `u` -- daily"

    assert statement_fingerprint(sql) == "7bff345e65e5a2ba"


def test_texts_that_differ_behind_twenty_thousand_characters_only_are_repeats():
    sql = "select ".ljust(20_000, "x")

    assert statement_fingerprint(f"{sql}, a") == statement_fingerprint(sql)
    assert statement_fingerprint(sql[:-2] + "a") != statement_fingerprint(sql)


class TestTexts:
    @pytest.mark.parametrize(
        "other",
        [
            "SELECT  a,b\nFROM t WHERE x='A b';",
            "select a, b from t -- as ever\nwhere x = 'A b' ; ",
            "select a , b /* and no more */ from t where x = 'A b'",
        ],
    )
    def test_that_do_the_same_are_the_same(self, other):
        assert text_fingerprint("select a, b from t where x = 'A b'") == text_fingerprint(other)

    @pytest.mark.parametrize(
        "other",
        [
            "select a, b from t where x = 'a b'",
            "select a, b from t where x = 'A  b'",
            "select a, c from t where x = 'A b'",
            "select /*+ mapjoin(t) */ a, b from t where x = 'A b'",
            "select a, b from t where x = 'A b'; drop table t",
            "select ab from t where x = 'A b'",
            "select a, b from t where x = 1",
        ],
    )
    def test_that_may_do_something_else_are_told_apart(self, other):
        assert text_fingerprint("select a, b from t where x = 'A b'") != text_fingerprint(other)

    def test_that_are_long_are_compared_as_they_stand(self):
        long = "select " + "a, " * 10_000 + "b"
        assert text_fingerprint(long) == text_fingerprint(f" {long}\n")
        assert text_fingerprint(long) != text_fingerprint(long.upper())


DAILY = "insert overwrite table ods_eu1 partition (ds='20261122') select a, 5 from t1 where b > 1.5"


@pytest.mark.parametrize(
    "other",
    [
        "INSERT OVERWRITE TABLE ods_eu1 PARTITION (ds='20261123')\nSELECT a,17 FROM t1 WHERE b>2;;",
        "set odps.sql.type.system.odps2=true;\nset a=b;" + DAILY,
        "-- daily\n" + DAILY + " /* as ever */",
        'insert overwrite table `ods_eu1` partition (ds="x") select a, -5 from t1 where b > 1e-3',
        "insert overwrite table ods_eu1 partition (ds=20261123) select a, 5L from t1 where b > 1BD",
    ],
)
def test_another_day_is_the_same_job(other):
    assert job_fingerprint(other) == job_fingerprint(DAILY)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("select * from t1", "select * from t2"),
        ("select * from ods_eu1", "select * from ods_us2"),
        ("select col_1 from t", "select col_2 from t"),
        ("select * from t20", "select * from t21"),
        ("select * from t where a > 1", "select * from t where a < 1"),
        ("select * from t where a in (1)", "select * from t where a not in (1)"),
        ("select * from t where a in (1, 2)", "select * from t where a in (select 1)"),
        ("select substr(a, 1)", "select substr(a, 1, 2)"),
        ("select 1, 2", "select 1"),
        ("select a - 1", "select a, 1"),
        ("select a from t; select b from t", "select a from t"),
        ("select /*+ mapjoin(a) */ x from a", "select x from a"),
        ("select * from deadbeef", "select * from cafecafe"),
        ('pai -name x -Dtable="t1"', 'pai -name x -Dtable="t2"'),
    ],
)
def test_other_tables_columns_and_conditions_are_other_jobs(one, other):
    assert job_fingerprint(one) != job_fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("select * from t where a in (1, 2)", "select * from t where a in (1, -2, 3)"),
        ("select * from t where a in ('x')", "select * from t where a in ('x', 'y', null)"),
        (
            "select 1 from t where (a, b) in ((1, 2))",
            "select 1 from t where (a, b) in ((3, 4), (5, 6))",
        ),
        ("insert into t values (1, 'a')", "insert into t values (1, 'a'), (2, 'b'), (3, null)"),
        (
            "create table tmp_20260101_ab12cd34 as select 1",
            "create table tmp_20270202_99ffee11 as select 1",
        ),
        ("select * from tmp_20260101", "select * from tmp_2026_01_02"),
        ("select * from stage_1760000000", "select * from stage_1770000123456"),
        (
            "drop table t_550e8400_e29b_41d4_a716_446655440000",
            "drop table t_123e4567_e89b_12d3_a456_426614174000",
        ),
        ("select * from s_5f3a9b2c1d", "select * from s_0badc0ffee"),
        ("pai -name x -Dtable='t_20260101'", "pai -name x -Dtable='t_20260102'"),
    ],
)
def test_lists_of_values_and_names_of_a_day_are_the_same_job(one, other):
    assert job_fingerprint(one) == job_fingerprint(other)


@pytest.mark.parametrize("sql", ["", " ;; ", "-- nothing", "set a=b;"])
def test_a_text_without_statements_has_none(sql):
    assert job_fingerprint(sql) == ""


VALUES = st.one_of(
    st.integers(-(10**18), 10**18).map(str),
    st.floats(0, 1e6).map("{:.3f}".format),
    st.text("abc 1;,()-", max_size=8).map("'{}'".format),
)
NAMES = st.from_regex(r"\A[a-z]{1,8}(_[a-z]{1,4})?[1-9]{0,3}\Z")


@given(st.lists(VALUES, min_size=1, max_size=30), st.lists(VALUES, min_size=1, max_size=30))
def test_any_values_in_a_list_are_the_same_job(some, others):
    texts = [f"select a from t where b in ({','.join(one)})" for one in (some, others)]

    assert job_fingerprint(texts[0]) == job_fingerprint(texts[1])


@given(NAMES, NAMES)
def test_tables_with_other_names_are_other_jobs(one, other):
    texts = [f"select 1 from x_{name}" for name in (one, other)]

    assert (one == other) == (job_fingerprint(texts[0]) == job_fingerprint(texts[1]))


@given(st.dates(), st.dates(), NAMES)
def test_tables_of_any_day_are_the_same_job(day, other, name):
    texts = [f"select 1 from {name}_{2000 + date.year % 100}{date:%m%d}" for date in (day, other)]

    assert job_fingerprint(texts[0]) == job_fingerprint(texts[1])


@given(st.text(max_size=200), st.text(" \n\t", max_size=3))
def test_any_text_has_one_and_spaces_around_it_do_not_matter(sql, spaces):
    assert job_fingerprint(sql) == job_fingerprint(sql + " ")
    assert job_fingerprint(spaces + sql) == job_fingerprint(sql)
