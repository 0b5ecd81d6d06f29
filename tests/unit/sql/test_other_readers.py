"""What is read differently elsewhere is only passed over where that can do no harm.

The others are played here: to odpscmd's splitter and the published grammar a semicolon in a block
comment ends a statement, to odpscmd's one in back-ticks, too (RawStringCommandSplitter.java of
aliyun/aliyun-odps-console; OdpsLexer.g4 of aliyun/aliyun-odps-java-sdk); some end lines at U+2028.
"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.sql.classification import StatementClass, classify
from odps_bot.sql.other_readers import may_end_early, statements_behind_semicolons

HARMFUL = {StatementClass.WRITE, StatementClass.DDL, StatementClass.ADMIN}

WORDS = [
    *("select", "1", "from", "t", "insert", "into", "overwrite", "drop", "table", "set", "a.b=1"),
    *(
        "update",
        "words",
        "of",
        "prose",
        "grant",
        "use",
        "with",
        "as",
        "(",
        ")",
        ",",
        ".",
        ";",
        "；",
    ),
    *("-", "--", "#", "@x", ":=", "字", "\n", "\t", "new", "using", "transform", "f(1)", "İnsert"),
]
noise = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)


def pieces_behind_semicolons(text):
    """Return what those send as statements of their own to whom each semicolon is one."""
    return [piece.strip(" \t\r\n()") for piece in re.split("[;；]", text)[1:]]


@given(noise)
def test_a_semicolon_in_a_block_comment_begins_no_statement_for_anybody(words):
    if classify(f"select a /* {words} */ from t").is_read:
        for piece in pieces_behind_semicolons(words):
            assert classify(piece).statement_class not in HARMFUL


@given(noise.filter(lambda words: not set("\n-") & set(words)))
def test_a_semicolon_in_back_ticks_begins_no_statement_for_anybody(words):
    if classify(f"select `{words}` from t").is_read:
        for piece in pieces_behind_semicolons(words):
            assert classify(piece).statement_class not in HARMFUL


@given(noise, noise, st.sampled_from("\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e"))
def test_a_line_that_ends_early_for_some_changes_nothing_for_them(before, behind, end):
    comment = f"{before} {end} {behind}".replace("\n", " ")
    for text in (f"select a -- {comment}\n from t", f"from t -- {comment}\n select a"):
        if classify(text).is_read:
            seen_by_others = classify(text.replace(end, "\n")).statement_class
            assert seen_by_others not in HARMFUL


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("/* a; b; 字; 1 */", []),
        ("/* select 1; */", []),
        ("/* a; drop table t; b */", [" drop table t"]),
        ("/* a；drop table t */", ["drop table t "]),
        ("/* a; -- b\n(select 1 */", [" -- b\n(select 1 "]),
        ("/* a; ${b}; @c; #d */", [" ${b}", " @c", " #d "]),
        ("`a;use p`", ["use p"]),
    ],
)
def test_what_begins_like_a_statement_behind_a_semicolon_is_found(text, statements):
    assert statements_behind_semicolons(text) == statements


@pytest.mark.parametrize(
    ("comment", "is_doubtful"),
    [
        ("-- a; drop table t", False),
        ("-- a\u2028b, c. d? 字！", False),
        ("-- a\u2028drop", True),
        ("-- a\u2028b insert", True),
        ("-- a\u2028b; c", True),
        ("-- a\u2028b.c", True),
        ("-- a\u2028f(b)", True),
        ("-- a\u2028'b", True),
        ("-- a\u2028b\u2029*/", True),
    ],
)
def test_a_comment_with_an_odd_line_end_may_hold_prose_only(comment, is_doubtful):
    assert may_end_early(comment) is is_doubtful
    assert may_end_early(comment, is_of_setting=True) is ("\u2028" in comment)
