import pytest

from odps_bot.sandbox.maxcompute.engine.errors import SqlError
from odps_bot.sandbox.maxcompute.engine.script import split_script


def words(text):
    return [
        " ".join(t.text for t in statement.tokens) for statement in split_script(text).statements
    ]


def test_settings_can_precede_any_statement():
    script = split_script("-- first\nset a.b = x y;\nSET c=1;\nselect 1;\nset d=e; select 2;")

    assert script.settings == {"a.b": "x y", "c": "1", "d": "e"}
    assert len(script.statements) == 2


def test_the_value_of_a_setting_need_not_be_valid_sql():
    script = split_script("set sandbox.fail=ODPS-0123144: it's over;\nselect 1")

    assert script.settings == {"sandbox.fail": "ODPS-0123144: it's over"}


def test_positions_include_the_settings():
    script = split_script("set a=b;\n  select 1")

    assert str(script.statements[0].position()) == "[2,3]"


def test_semicolons_in_strings_and_comments_do_not_split():
    assert words("select ';' -- ;\n, \"a;b\" /* ; */ ; select 2") == ["select ; , a;b", "select 2"]


def test_empty_statements_are_skipped():
    assert words(" ;; select 1 ;;; ") == ["select 1"]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("select 'abc", "[1,8] Parse exception - invalid token ''abc'"),
        ('select 1,\n  "x', "[2,3] Parse exception - invalid token '\"x'"),
        ("select `a", "[1,8] Parse exception - invalid token '`a'"),
    ],
)
def test_an_unterminated_quote_is_refused_at_its_start(text, where):
    with pytest.raises(SqlError) as refused:
        split_script(text)

    assert str(refused.value) == f"ODPS-0130161:{where}"
