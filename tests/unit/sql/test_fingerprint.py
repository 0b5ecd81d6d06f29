"""Statements that differ in values only have the same fingerprint."""

import pytest

from odps_bot.sql.fingerprint import statement_fingerprint, text_fingerprint


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
