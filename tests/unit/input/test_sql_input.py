"""What people type, as Slack delivers it, and what they meant by it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.input.sql_input import normalize_sql, normalize_typography, strip_fence


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        pytest.param("select 1", "select 1", id="plain SQL stays"),
        pytest.param("  \n select 1 \n ", "select 1", id="spaces around go"),
        pytest.param(
            "select 1\n  from t\n\n where x", "select 1\n  from t\n\n where x", id="lines"
        ),
        pytest.param("where a = ‘x’", "where a = 'x'", id="curly single quotes"),
        pytest.param("where a = “x”", 'where a = "x"', id="curly double quotes"),
        pytest.param("where a = „x“", 'where a = "x"', id="German quotes"),
        pytest.param("where a = 'x’", "where a = 'x'", id="straight opened, curly closed"),
        pytest.param("where a = ‘x'", "where a = 'x'", id="curly opened, straight closed"),
        pytest.param("in (‘x’, ‘y’, ‘z’)", "in ('x', 'y', 'z')", id="many curly literals"),
        pytest.param("'he said “no”'", "'he said “no”'", id="curly inside straight quotes stays"),
        pytest.param('"it’s"', '"it’s"', id="an apostrophe inside straight quotes stays"),
        pytest.param("“it's”", '"it\'s"', id="straight inside curly double quotes stays"),
        pytest.param('‘say "x"’', "'say \"x\"'", id="double inside curly single quotes stays"),
        pytest.param('“say "x"”', '"say \\"x\\""', id="its own quote inside is escaped"),
        pytest.param(r"'it\'s “x”'", r"'it\'s “x”'", id="an escaped quote does not end a literal"),
        pytest.param(r"'\\' = ‘x’", r"'\\' = 'x'", id="an escaped backslash does"),
        pytest.param("``` \nselect 1\n```", "select 1", id="fence"),
        pytest.param("\u201cselect 1\u201d", "select 1", id="curly quotes around everything"),
        pytest.param("\u201eselect 1\u201c", "select 1", id="German quotes around everything"),
        pytest.param("\u2018select 1\u2019", "select 1", id="single ones"),
        pytest.param("\"select 'a'\"", "select 'a'", id="quotes around everything"),
        pytest.param("'select \n1'", "select \n1", id="single quotes around everything"),
        pytest.param('"a" = "b"', '"a" = "b"', id="quotes around parts"),
        pytest.param("select 'a'", "select 'a'", id="a quoted end"),
        pytest.param("```sql\nselect 1\n```", "select 1", id="fence with a language"),
        pytest.param("```select 1```", "select 1", id="fence on one line"),
        pytest.param("`select 1`", "select 1", id="back-ticks around everything"),
        pytest.param("select `a` from `b`", "select `a` from `b`", id="quoted names stay"),
        pytest.param("`a`", "a", id="a single word in back-ticks"),
        pytest.param("`a` + `b`", "`a` + `b`", id="two quoted names are no pair around all"),
        pytest.param("select\u00a01\u202f+\u30002", "select 1 + 2", id="odd spaces"),
        pytest.param("select '\u00a0'", "select '\u00a0'", id="odd spaces in a literal stay"),
        pytest.param("select 1 — one", "select 1 -- one", id="em dash before a comment"),
        pytest.param("— one\nselect 1", "-- one\nselect 1", id="em dash at the start"),
        pytest.param("select 1,\n— two\n2", "select 1,\n-- two\n2", id="em dash on its own line"),
        pytest.param("select '— x'", "select '— x'", id="em dash in a literal stays"),
        pytest.param("select 'a — b'", "select 'a — b'", id="… in the middle of one too"),
        pytest.param("-- it’s “so” — yes", "-- it’s “so” — yes", id="a comment stays"),
        pytest.param("/* it’s — */ ‘x’", "/* it’s — */ 'x'", id="a block comment stays"),
        pytest.param(
            "-- it's\nwhere a = ‘x’", "-- it's\nwhere a = 'x'", id="its quote opens nothing"
        ),
        pytest.param(
            "select 1 — it's one\nfrom t where a = 'x — y' and b = ‘z’",
            "select 1 -- it's one\nfrom t where a = 'x — y' and b = 'z'",
            id="nor does a quote behind an em dash",
        ),
        pytest.param("a-b - c", "a-b - c", id="minus"),
        pytest.param("a/b / c", "a/b / c", id="division"),
        pytest.param(
            "select 5 \u2013 3", "select 5 \u2013 3", id="an en dash may be a minus: it stays"
        ),
        pytest.param("where a = 'x", "where a = 'x", id="an open literal is left to MaxCompute"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_statement_is_what_was_meant(typed: str, meant: str) -> None:
    assert normalize_sql(typed) == meant


def test_only_one_pair_of_fences_is_taken_off() -> None:
    assert strip_fence("```\nselect '```'\n```") == "select '```'"


#: What SQL is made of when nobody's phone has touched it.
PLAIN_ASCII = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)).filter(
    lambda text: not set(text) & set("'\"`")
)
ANY_TEXT = st.text(alphabet=st.characters(codec="utf-8"))
UNQUOTED = st.text(alphabet="ab01 \n\t-/*,=()—\u2013\u00a0").map(lambda text: f" {text}\n")
INSIDE = st.text(alphabet="ab01 \n\u00a0—-")
STATEMENTS = st.lists(
    st.one_of(
        UNQUOTED.filter(lambda text: "/*" not in text),
        INSIDE.map("'{}'".format),
        INSIDE.map("‘{}’".format),
        INSIDE.map("“{}”".format),
        INSIDE.map(lambda text: "-- it's " + text.replace("\n", "") + "\n"),
    )
).map("".join)


@given(PLAIN_ASCII)
def test_ascii_sql_without_quotes_is_never_changed(sql: str) -> None:
    assert normalize_typography(sql) == sql


@given(before=PLAIN_ASCII, inside=ANY_TEXT, quote=st.sampled_from("'\""))
def test_text_inside_ascii_quotes_is_never_changed(before: str, inside: str, quote: str) -> None:
    literal = quote + re.sub(r"['\"\\]", "", inside) + quote
    before = re.sub("--|/[*]", "", before).rstrip("-/")

    assert normalize_typography(f"{before} {literal}") == f"{before} {literal}"


@given(STATEMENTS)
def test_a_normalized_statement_stays_as_it_is(typed: str) -> None:
    once = normalize_typography(typed)

    assert normalize_typography(once) == once


@given(ANY_TEXT)
def test_any_text_can_be_cleaned(text: str) -> None:
    assert isinstance(normalize_sql(text), str)
