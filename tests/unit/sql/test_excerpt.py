"""An error's place is found in what the person wrote, and marked below it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.sql.excerpt import Position, find_position, marked_excerpt

TABLE = "ODPS-0130131:[{},{}] Table not found - table shop.nix cannot be resolved"
TOKEN = "ODPS-0130161:[{},{}] Parse exception - invalid token '{}'"


@pytest.mark.parametrize(
    ("said", "sql", "place"),
    [
        (TABLE.format(1, 15), "select * from nix", (1, 15)),
        (TABLE.format(2, 6), "select *\nfrom shop.nix\nwhere a", (2, 6)),
        ("FAILED: " + TABLE.format(1, 15), "select * from `nix`", (1, 15)),
        (
            TABLE.replace("ODPS-0130131:", "ODPS-0130131: ").format(1, 15),
            "select * from x",
            (1, 15),
        ),
        (TOKEN.format(1, 9, "<EOF>"), "select 1", (1, 9)),
        pytest.param(TOKEN.format(1, 7, ";"), "select", (1, 7), id="the semicolon that is added"),
        pytest.param(TABLE.format(0, 0), "select 1", None, id="the service does not know"),
        pytest.param(TABLE.format(9, 1), "select 1", None, id="no such line"),
        pytest.param(TABLE.format(1, 99), "select 1", None, id="no such column"),
        pytest.param(
            "ODPS-0130013: Authorization Failed [4009,4019], no", "x\n" * 5_000, None, id="a right"
        ),
        pytest.param(
            TABLE.format(0, 0) + "\n" + TABLE.format(1, 3), "a nix", (1, 3), id="the first with one"
        ),
    ],
)
def test_a_place_is_found(said, sql, place) -> None:
    found = find_position(said, sql=sql)

    assert found == (Position(*place) if place else None)


SETTINGS = "set a=b;\nset c = 'd';\n"


@pytest.mark.parametrize(
    ("said", "sql", "place"),
    [
        pytest.param(
            TABLE.format(3, 15), f"{SETTINGS}select * from nix", (3, 15), id="they are counted"
        ),
        pytest.param(
            TABLE.format(1, 15), f"{SETTINGS}select * from nix", (3, 15), id="they are not counted"
        ),
        pytest.param(
            TABLE.format(2, 6), f"{SETTINGS}select *\nfrom nix", (4, 6), id="nor on later lines"
        ),
        pytest.param(
            TABLE.format(1, 15), "set a=b; select * from nix", (1, 24), id="on the same line"
        ),
        pytest.param(
            TABLE.format(1, 24), "set a=b; select * from nix", (1, 24), id="counted on that line"
        ),
        pytest.param(
            "ODPS-0130071:[2,1] Semantic analysis exception - no name",
            f"{SETTINGS}select 1",
            (2, 1),
            id="without a name they are counted",
        ),
    ],
)
def test_set_lines_are_counted_or_not_as_the_name_in_the_message_tells(said, sql, place) -> None:
    assert find_position(said, sql=sql) == Position(*place)


HEAD = "--odps sql\n--author:zhang san\n--create time:2026-11-30 10:00:00\n"


@pytest.mark.parametrize(
    ("said", "sql", "place"),
    [
        pytest.param(
            "ODPS-0130161:[1,10] Parse exception - mismatched input 'fron' expecting EOF",
            f"{HEAD}{SETTINGS}select a fron t",
            (6, 10),
            id="behind a head of comments, on its first line",
        ),
        pytest.param(
            "ODPS-0130071:[2,1] Semantic analysis exception - no name",
            f"{HEAD}{SETTINGS}select 1,\n2,\n3",
            (7, 1),
            id="behind a head of comments, on a later line",
        ),
        pytest.param(
            "ODPS-0130071:[4,3] Semantic analysis exception - no name",
            f"{HEAD}select 1",
            (4, 3),
            id="where nothing is set, all of the text is sent",
        ),
        pytest.param(TABLE.format(3, 15), f"{SETTINGS}select * from nix", (3, 15), id="counted"),
    ],
)
def test_an_estimates_error_is_marked_in_the_statement_and_not_in_the_set_lines(said, sql, place):
    found = find_position(said, sql=sql, is_estimate=True)

    assert found == Position(*place)


def test_what_the_parser_did_not_expect_is_found_whether_set_lines_were_counted_or_not():
    for line in (1, 3):
        said = f"ODPS-0130161:[{line},10] Parse exception - mismatched input 'fron' expecting EOF"
        assert find_position(said, sql=f"{SETTINGS}select a fron t") == Position(3, 10)


@pytest.mark.parametrize(
    ("sql", "place", "drawn"),
    [
        ("select * from nix", (1, 15), "1 | select * from nix\n  |               ^^^"),
        (
            "a\nb\nc\nselect\nd\ne",
            (4, 1),
            "2 | b\n3 | c\n4 | select\n  | ^^^^^^\n5 | d",
        ),
        ("\tfrom nix", (1, 7), "1 |     from nix\n  |          ^^^"),
        ("from 表 nix", (1, 8), "1 | from 表 nix\n  |         ^^^"),
        ("from 表", (1, 6), "1 | from 表\n  |      ^^"),
        ("from\u200b e\u0301 nix", (1, 10), "1 | from é nix\n  |        ^^^"),
        ("select\r\nnix\r\n", (2, 1), "1 | select\n2 | nix\n  | ^^^\n3 |"),
        ("select", (1, 7), "1 | select\n  |       ^"),
        ("`a b` + 1", (1, 1), "1 | `a b` + 1\n  | ^^^^^"),
        ("a > 1", (1, 3), "1 | a > 1\n  |   ^"),
        ("", (1, 1), "1 |\n  | ^"),
    ],
)
def test_the_place_is_marked(sql, place, drawn) -> None:
    shown = unicodedata.normalize("NFC", marked_excerpt(sql, Position(*place)))

    assert shown == drawn


def test_lines_are_numbered_to_the_right() -> None:
    shown = marked_excerpt("\n".join(["a"] * 12), Position(10, 1)).splitlines()

    assert shown == [" 8 | a", " 9 | a", "10 | a", "   | ^", "11 | a"]


@pytest.mark.parametrize("column", [1, 40, 501, 1_001, 1_999])
def test_a_long_line_is_cut_around_the_place(column) -> None:
    line = "".join(f"c{number:03} " for number in range(400))
    shown = marked_excerpt(line, Position(1, column)).splitlines()
    caret = shown[1].index("^")

    assert max(map(len, shown)) <= 72
    assert shown[0][caret] == line[column - 1]


def test_wide_characters_are_not_cut_in_half() -> None:
    for column in range(1, 200):
        marked, carets = marked_excerpt("表" * 200, Position(1, column)).splitlines()
        before = marked[4:][: marked[4:].count("表")]

        assert "\0" not in marked
        assert before
        assert len(carets) <= 72


@given(sql=st.text(), data=st.data())
def test_any_place_in_any_text_can_be_marked(sql, data) -> None:
    lines = sql.split("\n")
    line = data.draw(st.integers(1, len(lines)))
    column = data.draw(st.integers(1, len(lines[line - 1]) + 1))
    shown = marked_excerpt(sql, Position(line, column))

    assert "^" in shown
    assert "\0" not in shown
    bare = "".join(c for c in shown if not unicodedata.combining(c))
    assert all(len(drawn) <= 72 for drawn in bare.split("\n"))
