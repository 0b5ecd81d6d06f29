"""Options stand before the statement, in any order and spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.errors import UsageError
from odps_bot.input.options import Options, parse_options, split_word, take_option

NAMES = {"project": "project", "p": "project", "priority": "priority", "hint": "hint"}
USAGE = "/odps run [--project P] SQL"


def read(text: str) -> tuple[Options, str]:
    return parse_options(text, NAMES, usage=USAGE, repeatable=frozenset({"hint"}))


@pytest.mark.parametrize(
    "typed",
    [
        "--project a --priority 3 --hint k=v select 1",
        "--hint k=v --priority=3 -p a select 1",
        "—priority 3 —hint=k=v –p a\nselect 1",
        "-priority 3 -project 'a' --HINT `k=v` select 1",
        "--priority\u00a03 --hint “k=v” --project ‘a’ select 1",
    ],
)
def test_options_are_understood_in_any_order_and_spelling(typed: str) -> None:
    assert read(typed) == (
        {"project": ("a",), "priority": ("3",), "hint": ("k=v",)},
        "select 1",
    )


def test_some_options_may_be_given_more_than_once() -> None:
    options, rest = read("--hint a=1 --hint 'b=x y' select 1")

    assert options == {"hint": ("a=1", "b=x y")}
    assert rest == "select 1"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("--projct a select 1", r"There is no option `--projct`. Did you mean `--project`\?"),
        ("—prority 3 select 1", r"`—prority`. Did you mean `--priority`"),
        ("--frobnicate select 1", "There is no option `--frobnicate`. For a comment"),
        ("--project", "`--project` needs a value"),
        ("--project a -p", "`-p` needs a value"),
        ("--project a -p b select 1", "`-p` can only be used once"),
    ],
)
def test_a_bad_option_is_named_and_nothing_is_submitted(typed: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        read(typed)

    assert "Nothing was submitted." in str(caught.value)
    assert caught.value.usage == USAGE


@pytest.mark.parametrize(
    "sql",
    [
        "--odps sql\nselect 1",
        "--odps sql \r\n--author:x\r\nselect 1",
        "--create time:2026-11-30 09:30:00\nselect 1",
        "--daily\nselect 1",
        "--projects of last year\nselect 1",
        "—odps sql\nselect 1",
    ],
)
def test_a_first_line_that_is_no_option_is_a_comment(sql: str) -> None:
    assert read(sql) == ({}, sql)
    assert read(f"--project a --priority 3 {sql}") == ({"project": ("a",), "priority": ("3",)}, sql)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("--projct a\nselect 1", "--project"),
        ("--prority=3\nselect 1", "--priority"),
        ("--hints 'a=b c'\nselect 1", "--hint"),
        ("--prio 3\nselect 1", "--priority"),
    ],
)
def test_a_mistyped_option_on_a_line_of_its_own_is_no_comment(typed: str, meant: str) -> None:
    with pytest.raises(UsageError, match=f"Did you mean `{meant}`"):
        read(typed)


@pytest.mark.parametrize("typed", ["--odps sql", "--odps sql\n", "--odps sql select 1"])
def test_without_a_line_below_it_an_unknown_option_is_none(typed: str) -> None:
    with pytest.raises(UsageError, match="There is no option `--odps`"):
        read(typed)


@pytest.mark.parametrize(
    "sql",
    [
        "select 1",
        "-- project a\nselect 1",
        "-1",
        "- 1",
        "select --project a",
        "```--p```",
        "--a<b",
        "",
    ],
)
def test_what_is_no_option_is_left_alone(sql: str) -> None:
    assert read(sql) == ({}, sql)


@given(st.text(alphabet=st.characters(codec="utf-8")).map("select {}".format))
def test_what_stands_behind_the_first_word_of_sql_is_never_an_option(sql: str) -> None:
    assert read(sql) == ({}, sql)
    assert read("--project a " + sql)[1] == sql


@given(st.text(alphabet="-—–pP =ab'\"`“”\n\u00a0"))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        options, _ = read(text)
    except UsageError:
        return

    assert set(options) <= {"project", "priority", "hint"}


@pytest.mark.parametrize(
    ("typed", "project", "rest"),
    [
        ("--project analytics select 1", "analytics", "select 1"),
        ("--project=analytics select 1", "analytics", "select 1"),
        ("--project = analytics select 1", "analytics", "select 1"),
        ("-p analytics select 1", "analytics", "select 1"),
        ("--p analytics select 1", "analytics", "select 1"),
        ("-p=analytics select 1", "analytics", "select 1"),
        ("--PROJECT analytics select 1", "analytics", "select 1"),
        ("—project analytics select 1", "analytics", "select 1"),
        ("\u2013project analytics select 1", "analytics", "select 1"),
        ("  --project   analytics   select 1", "analytics", "select 1"),
        ("--project 'analytics' select 1", "analytics", "select 1"),
        ("--project `analytics` select 1", "analytics", "select 1"),
        ("--project “analytics” select 1", "analytics", "select 1"),
        ("--project\u00a0analytics\u00a0select 1", "analytics", "select 1"),
        ("--project analytics\nselect 1", "analytics", "select 1"),
        ("--project analytics", "analytics", ""),
        ("--project 'two words' select 1", "two words", "select 1"),
        ("--project ‘analytics’ select 1", "analytics", "select 1"),
        ("--project „analytics“ select 1", "analytics", "select 1"),
        ("--project", "", ""),
        ("select 1", None, "select 1"),
        ("select --project x", None, "select --project x"),
        ("-- project of mine\nselect 1", None, "-- project of mine\nselect 1"),
        ("", None, ""),
    ],
)
def test_an_option_is_understood_however_it_is_spelt(
    typed: str, project: str | None, rest: str
) -> None:
    assert take_option(typed, "project", "p") == (project, rest)


@pytest.mark.parametrize(
    ("typed", "word", "rest"),
    [
        ("run select 1", "run", "select 1"),
        ("  run\nselect 1\nfrom t", "run", "select 1\nfrom t"),
        ("run\u00a0select 1", "run", "select 1"),
        ("help", "help", ""),
        ("", "", ""),
        ("  ", "", ""),
    ],
)
def test_the_first_word_ends_at_any_space(typed: str, word: str, rest: str) -> None:
    assert split_word(typed) == (word, rest)


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_any_text_can_be_searched_for_an_option(text: str) -> None:
    assert isinstance(take_option(text, "project"), tuple)
