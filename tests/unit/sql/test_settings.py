import pytest

from odps_bot.sql.settings import Setting, parse_setting, parse_typed_setting


@pytest.mark.parametrize(
    ("statement", "setting"),
    [
        ("set a.b=1", ("a.b", "1")),
        ("SET odps.sql.x = a=b \n", ("odps.sql.x", "a=b")),
        ("set a.b=", ("a.b", "")),
        ("a.b=1", None),
        ("set a b=1", None),
        ("set label 2 to table t", None),
        ("select 1", None),
    ],
)
def test_a_statement_may_set_something(statement, setting):
    found = parse_setting(statement)

    assert found == (Setting(key=setting[0], value=setting[1]) if setting else None)


@pytest.mark.parametrize(
    ("line", "setting"),
    [
        ("a.b=1", ("a.b", "1")),
        ("  set a.b = 1 ; ", ("a.b", "1")),
        ("set\u00a0a.b\u00a0=\u202f1\u00a0;", ("a.b", "1")),
        ("set=1", ("set", "1")),
        ("a.b=;", ("a.b", ";")),
        ("a.b=", None),
        ("1a=1", None),
        ("odps.sql.\u017fplit.size=64", None),
        ("\u017fet.x=1", None),
        ("select 1", None),
    ],
)
def test_a_setting_is_typed_with_or_without_set(line, setting):
    found = parse_typed_setting(line)

    assert found == (Setting(key=setting[0], value=setting[1]) if setting else None)
