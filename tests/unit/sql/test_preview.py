"""What is shown of a text where there is no room for all: it begins with the statement."""

import pytest

from odps_bot.sql.preview import from_statement_on, statement_in_short


@pytest.mark.parametrize(
    ("sql", "shown", "settings"),
    [
        ("select 1", "select 1", 0),
        ("  \n select 1;\n", "select 1;", 0),
        ("set a.b=1;\nSET c.d = x;\n\nselect 1", "select 1", 2),
        ("-- daily report\n/* by ann */ select 1", "select 1", 0),
        ("set a=1; -- why\n-- more\nset b=2;\n--c\nselect 1 -- one\nfrom t", None, 2),
        ("select /*+ mapjoin(b) */ a from t", "select /*+ mapjoin(b) */ a from t", 0),
        (";;\nselect 1", "select 1", 0),
        ("set a=1;\nselect 1; set b=2; select 3", "select 1; set b=2; select 3", 1),
        ("set a=1;", "set a=1;", 0),
        ("-- instance 20261122", "-- instance 20261122", 0),
        ("/* unclosed select 1", "/* unclosed select 1", 0),
        ("\u00a0select 1", "\u00a0select 1", 0),
        ("", "", 0),
    ],
)
def test_a_text_is_shown_from_its_statement_on(sql: str, shown: str | None, settings: int) -> None:
    expected = "select 1 -- one\nfrom t" if shown is None else shown

    assert from_statement_on(sql) == (expected, settings)


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("set a=1;\n-- note\nselect a -- the key\nfrom t;\n", "select a from t"),
        ("select /*+ mapjoin(b) */ a\nfrom t", "select a from t"),
        ("select 1; -- then\nselect 2;", "select 1; select 2"),
        ("select '--no comment' from t", "select '--no comment' from t"),
        ("-- nothing else", "-- nothing else"),
    ],
)
def test_a_line_has_neither_settings_nor_comments(sql: str, line: str) -> None:
    assert " ".join(statement_in_short(sql, limit=80).split()) == line


def test_a_long_text_is_not_read_to_its_end() -> None:
    settings = "set a=1;\n" * 1_000
    shown = statement_in_short(settings + "select " + "x, " * 500_000, limit=80)

    assert shown.startswith("select x, x")
    assert len(shown) <= 20_000
