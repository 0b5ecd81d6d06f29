"""Statements that differ in values only have the same fingerprint."""

import pytest

from odps_bot.sql.fingerprint import statement_fingerprint


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
