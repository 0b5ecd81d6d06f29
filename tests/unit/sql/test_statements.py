import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.sql.settings import WHITESPACE
from odps_bot.sql.statements import SqlText


@pytest.mark.parametrize(
    ("sql", "statements"),
    [
        ("", []),
        (" ;; \n", []),
        ("select 1", ["select 1"]),
        ("select 1; select 2;", ["select 1", "select 2"]),
        ("select ';'; select \";\"; select `;`", ["select ';'", 'select ";"', "select `;`"]),
        (r"select '\';'; select 2", [r"select '\';'", "select 2"]),
        ("select `a``;b`; select 2", ["select `a``;b`", "select 2"]),
        ("select 1 -- one;\n; select 2", ["select 1", "select 2"]),
        ("select 1 -- one;\r; select 2", ["select 1", "select 2"]),
        ("select 1 --\u2028; select 2", ["select 1"]),
        ("select /* ; */ 1; -- done;", ["select   1"]),
        ("select '-- no comment'; select 2", ["select '-- no comment'", "select 2"]),
        ("select 1 - 1 / 2", ["select 1 - 1 / 2"]),
        ("select 'never closed; select 2", ["select 'never closed; select 2"]),
        ("select /* never closed; select 2", ["select"]),
    ],
)
def test_statements_end_at_semicolons_outside_of_quotes_and_comments(sql, statements):
    assert [part.bare for part in SqlText(sql).parts] == statements


def test_settings_are_read_off_set_statements_only():
    sql = "-- hints\nset a.b = true;\nSET odps.sql.x=1 ;select 'set c=d;'; set a.b=false"

    assert SqlText(sql).settings == {"a.b": "false", "odps.sql.x": "1"}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select 1", False),
        ("set a=1; set b=2; select 1;", False),
        ("set a=1; select 1; select 2", True),
        ("@a := select 1; select * from @a", True),
    ],
)
def test_a_script_has_several_statements_that_set_nothing(sql, expected):
    assert SqlText(sql).is_script is expected


@pytest.mark.parametrize(
    ("sql", "sent"),
    [
        ("select 1", "select 1;"),
        (" select 1 ; ", "select 1 ;"),
        ("select 1 -- one", "select 1 -- one\n;"),
        ("select 1; -- one", "select 1; -- one"),
        ("select 1 -- one;", "select 1 -- one;\n;"),
        ("select ';'", "select ';';"),
        ("select 1 /* one */", "select 1 /* one */\n;"),
    ],
)
def test_the_last_statement_is_closed_outside_of_comments(sql, sent):
    assert SqlText(sql).closed == sent


@given(st.text(alphabet="ab ;'\"`\\-/*\n\r", max_size=60))
def test_closing_a_text_changes_nothing_in_it(sql):
    sent = SqlText(sql).closed

    assert sent.startswith(sql.strip(WHITESPACE))
    assert sent.count(";") <= sql.count(";") + 1


@given(st.lists(st.sampled_from(["select 1", "select ';'", 'select ";"', "set a=b"]), min_size=1))
def test_joined_statements_are_split_again(statements):
    text = SqlText(";\n".join(statements))

    assert [part.bare for part in text.parts] == statements


@pytest.mark.parametrize(
    ("sql", "rest"),
    [
        ("set a=1; select 1;", "select 1;"),
        (
            "-- why\nset a=1;\nselect /*+ mapjoin(t) */ 1 -- one\n",
            "select /*+ mapjoin(t) */ 1 -- one",
        ),
        ("select 'set a=1;'; set b=2", "select 'set a=1;';"),
        ("set a=1", ""),
    ],
)
def test_settings_can_be_taken_out_of_a_text(sql, rest):
    assert SqlText(sql).without_settings().text == rest


@pytest.mark.parametrize("piece", [";", "''", "'\\", "a;", "/*", "--\n", "`", "set a=b;", "/", "-"])
def test_the_time_to_cut_a_text_grows_with_its_length_alone(piece, is_linear):
    def read(text):
        cut = SqlText(text)
        assert cut.closed.startswith(text.strip())
        assert len(cut.settings) <= 1

    assert is_linear(read, lambda length: piece * (length // len(piece)), longest=500_000)
