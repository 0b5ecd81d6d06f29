"""What a permission can hang on: all of a statement but its literals."""

import pytest

from odps_bot.sql.literal_free import literal_free

BASE = "insert into t partition (ds='20260101') select a, 'x', 1.5 from s where b = 2"


def tokens(sql):
    found = literal_free(sql)
    return found and found.tokens


@pytest.mark.parametrize(
    "other",
    [
        "insert into t partition (ds='2026-12-31') select a, 'it\\'s', 7 from s where b = 99",
        'INSERT INTO T PARTITION (ds="x") SELECT A, "y", 1e9 FROM S WHERE B = 0',
        "insert into t partition(ds='1') -- why\n select a,'x',1.5 from s where b=2;",
    ],
)
def test_values_spaces_comments_and_case_may_differ(other):
    assert tokens(other) == tokens(BASE)


@pytest.mark.parametrize(
    "other",
    [
        BASE.replace(" t ", " t2 "),
        BASE.replace("from s", "from s2"),
        BASE.replace("from s", "from ods_us2.s"),
        BASE.replace("b = 2", "b > 2"),
        BASE.replace("b = 2", "b = -2"),
        BASE.replace("b = 2", "b = 2 or 1 = 1"),
        BASE.replace("b = 2", "b in (2)"),
        BASE.replace("b = 2", "b = '2'"),
        BASE.replace("select a", "select /*+ mapjoin(s) */ a"),
        BASE.replace("ds=", "dt="),
        BASE.replace("select a", "select `a`"),
        f"set a.b=1; {BASE}",
        f"{BASE}; {BASE}",
        BASE.replace("insert into", "insert overwrite"),
    ],
)
def test_everything_else_counts(other):
    assert tokens(other) != tokens(BASE)


def test_names_that_differ_in_digits_are_others_unlike_in_a_fingerprint():
    assert tokens("insert into ods_eu1 select 1") != tokens("insert into ods_us2 select 1")


def test_settings_count_with_their_values():
    assert tokens("set a.b=1; insert into t select 1") != tokens(
        "set a.b=2; insert into t select 1"
    )


def test_how_many_values_there_are_counts():
    assert tokens("insert into t values (1)") != tokens("insert into t values (1), (2)")


@pytest.mark.parametrize("word", ["using", "from", "location", "by"])
def test_strings_that_name_something_count(word):
    assert tokens(f"insert into t select x {word} 'a'") != tokens(
        f"insert into t select x {word} 'b'"
    )


@pytest.mark.parametrize(
    "expression",
    [
        "max_pt('{}')",
        "max_pt('p.' '{}')",
        "coalesce(max_pt('p.s.{}'), '1')",
        "table_exists('{}')",
        "partition_exists('{}', 'ds=1')",
        "get_data_from_oss('{}', 'x')",
        "ai_generate('{}', x)",
        "ml_predict('{}', x)",
        "get_json_object(x, '$.{}')",
        "json_tuple(x, '{}')",
        "x['{}']",
        "of_our_project('{}')",
        "of_our_project(concat('{}', 'b'))",
        "p:concat('{}')",
        "p.concat('{}')",
        "`concat`('{}')",
    ],
)
def test_a_literal_that_says_what_is_read_counts(expression):
    sql = f"insert into t select * from s where a = {expression}"

    assert tokens(sql.format("orders")) != tokens(sql.format("salaries"))
    assert "orders" in literal_free(sql.format("orders")).text


@pytest.mark.parametrize(
    "expression",
    [
        "to_date('{}', 'yyyymmdd')",
        "a in ('{}')",
        "a between ('{}') and upper('z')",
        "exists (select 1 from u where u.b = '{}')",
        "if(a = '{}', 1, 2)",
        "of_our_project(a) and b = '{}'",
        "x['a'] = '{}'",
    ],
)
def test_values_in_brackets_may_differ(expression):
    sql = f"insert into t select * from s where {expression}"

    assert tokens(sql.format("x")) == tokens(sql.format("y"))


@pytest.mark.parametrize("sql", ["insert into t values ('", "insert into t /* values (1)"])
def test_what_readers_may_cut_otherwise_has_no_shape(sql):
    assert literal_free(sql) is None


def test_people_see_it_without_its_values():
    found = literal_free("set a.b=1;\ninsert into  `T` values (1, 'secret');")

    assert found.text == "insert into `T` values (0, '…')"
