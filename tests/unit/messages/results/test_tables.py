"""Tables in a message: what stands in which column, and how wide."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slackblocks import DataTableBlock, RawNumber, RawText

from odps_bot.messages.results.tables import data_table, monospace_table, plain_table, shown_part
from odps_bot.runs import Table
from odps_bot.sandbox.slack.block_kit import check_blocks


def a_table(*rows, columns, types=()):
    return Table(
        columns=columns, types=types, rows=rows, column_count=len(columns), row_count=len(rows)
    )


def drawn(table):
    block = monospace_table(shown_part(table), caption="")
    return block["elements"][0]["elements"][0]["text"].splitlines()


def test_numbers_stand_right_and_texts_left():
    table = a_table(("tea", "1204"), ("ink", "7"), columns=("a", "n"), types=("string", "bigint"))

    assert drawn(table) == ["a        n", "---  -----", "tea  1,204", "ink      7"]


def test_east_asian_letters_take_two_places():
    table = a_table(("北京", "x"), ("Bern", "y"), columns=("城市", "b"))

    assert drawn(table) == ["城市  b", "----  -", "北京  x", "Bern  y"]


def test_letters_with_accents_of_their_own_take_one_place():
    table = a_table(("e\u0301", "x"), ("ab", "y"), columns=("a", "b"))

    assert drawn(table)[2:] == ["e\u0301   x", "ab  y"]


def test_wide_cells_are_cut_by_their_width():
    table = a_table(("北" * 100,), columns=("a",))

    assert drawn(table)[2] == "北" * 19 + "…"


@pytest.mark.parametrize("form", [data_table, plain_table])
def test_a_number_that_a_double_cannot_hold_stays_text(form):
    table = a_table(("9007199254740993",), columns=("n",), types=("bigint",))

    block = form(shown_part(table), caption="x")
    assert block["rows"][1] == [{"type": "raw_text", "text": "9,007,199,254,740,993"}]


@pytest.mark.parametrize("form", [data_table, plain_table])
def test_null_and_empty_are_in_italics_and_texts_are_not(form):
    table = a_table((None, "NULL", ""), columns=("a", "b", "c"))

    null, text, empty = form(shown_part(table), caption="x")["rows"][1]
    assert null["elements"][0]["elements"] == [
        {"type": "text", "text": "NULL", "style": {"italic": True}}
    ]
    assert text == {"type": "raw_text", "text": "NULL"}
    assert empty["elements"][0]["elements"][0]["text"] == '""'


def test_the_shown_part_can_be_taken_of_itself():
    table = a_table(*[("x" * 500, None)] * 30, columns=("a", "b"), types=("string", "bigint"))

    once = shown_part(table)
    assert shown_part(once) == once
    assert len(once.rows) == 20
    assert once.types == ("string", "bigint")


CELLS = st.none() | st.text() | st.integers().map(str) | st.floats().map(repr)
TYPES = st.sampled_from(["bigint", "double", "decimal", "string", "boolean", "datetime", "array"])


@given(st.data())
def test_slack_accepts_every_table_in_every_form(data):
    width = data.draw(st.integers(1, 5))
    row = st.lists(CELLS, min_size=width, max_size=width).map(tuple)
    table = a_table(
        *data.draw(st.lists(row, min_size=1, max_size=5)),
        columns=tuple(data.draw(st.lists(st.text(), min_size=width, max_size=width))),
        types=tuple(data.draw(st.lists(TYPES, min_size=width, max_size=width))),
    )

    for form in (data_table, plain_table, monospace_table):
        block = form(shown_part(table), caption="Result")
        assert check_blocks([block], surface="message") == []
        json.dumps(block, allow_nan=False)


def test_a_table_of_nothing_but_long_numbers_fits():
    row = ("9" * 190,) * 20
    table = a_table(*[row] * 20, columns=("n",) * 20, types=("decimal",) * 20)

    for form in (data_table, plain_table, monospace_table):
        assert check_blocks([form(shown_part(table), caption="x")], surface="message") == []


def test_slackblocks_accepts_the_table_that_people_can_sort():
    table = a_table(("tea", "1204"), ("NULL", "7"), columns=("a", "n"), types=("string", "bigint"))
    block = data_table(shown_part(table), caption="Result")

    made = {"raw_text": RawText, "raw_number": RawNumber}
    rows = [
        [made[cell["type"]](**{k: v for k, v in cell.items() if k != "type"}) for cell in row]
        for row in block["rows"]
    ]
    accepted = DataTableBlock(rows, block["caption"], page_size=block["page_size"])
    assert accepted._resolve()["rows"] == block["rows"]
