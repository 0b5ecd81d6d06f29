import pytest

from odps_bot.sql.beginnings import first_word, has_statement
from odps_bot.sql.statements import SqlText


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select 1", True),
        ("'", True),
        ("/", True),
        ("-- one\n;; /* two */ ;x", True),
        ("set a=1", True),
        ("", False),
        (" ;\r\n\t; ", False),
        ("-- select 1", False),
        ("/* select 1 */ -- one\n;", False),
        ("/* never closed; select 1", False),
    ],
)
def test_comments_and_semicolons_alone_are_no_statement(sql, expected):
    assert has_statement(sql) is expected
    assert bool(SqlText(sql).parts) is expected


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("SELECT 1", "select"),
        ("((select 1))", "select"),
        ("-- a\n/* b */ with x as (select 1)", "with"),
        ("set a=';'; ; insert into t", "insert"),
        ("set the table; then call me", "then"),
        ("set a=1", "set"),
        ("set a=1;", ""),
        ("`t`", ""),
        ("-- select", ""),
        ("", ""),
    ],
)
def test_the_first_word_stands_behind_settings_and_comments(sql, word):
    assert first_word(sql) == word
