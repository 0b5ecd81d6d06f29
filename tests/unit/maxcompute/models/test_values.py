from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.maxcompute import Column, DataType, MalformedResponseError, TaskResult
from odps_bot.maxcompute.models.data_types import parse_data_type
from odps_bot.maxcompute.models.responses import parse_task_results
from odps_bot.maxcompute.models.values import value_of
from odps_bot.messages.results.cells import json_text

BIGINT, STRING = DataType("bigint"), DataType("string")


def read(text, type_text, **options):
    return value_of(text, parse_data_type(type_text), **options)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bigint", BIGINT),
        ("BIGINT ", BIGINT),
        ("decimal(38, 18)", DataType("decimal")),
        ("varchar(10)", DataType("varchar")),
        ("array<string>", DataType("array", (STRING,))),
        ("map<string, array<bigint>>", DataType("map", (STRING, DataType("array", (BIGINT,))))),
        ("struct<a:bigint,`b c`:string>", DataType("struct", (BIGINT, STRING), ("a", "b c"))),
    ],
)
def test_types_are_read_off_their_names(text, expected):
    assert parse_data_type(text) == expected


@pytest.mark.parametrize(
    "text", ["", "<", "array", "array<", "array<string", "map<string>", "a b", "struct<a>", "1"]
)
def test_what_names_no_type_is_malformed(text):
    with pytest.raises(MalformedResponseError):
        parse_data_type(text)


def test_types_do_not_nest_for_ever():
    with pytest.raises(MalformedResponseError):
        parse_data_type("array<" * 100_000)


@pytest.mark.parametrize(
    ("text", "type_text", "value"),
    [
        ("-12", "bigint", -12),
        ("1.5E-7", "double", 1.5e-7),
        ("Infinity", "double", float("inf")),
        ("1.50", "decimal(10,2)", Decimal("1.50")),
        ("true", "boolean", True),
        ("FALSE", "boolean", False),
        ("", "string", ""),
        ("二", "varchar(3)", "二"),
        ("ab", "binary", b"ab"),
        ('{"a": [1]}', "json", {"a": [1]}),
        ("2026-01-31", "date", date(2026, 1, 31)),
        ("x", "hologram", "x"),
        ("[]", "array<bigint>", []),
        ("[1,null, 3]", "array<bigint>", [1, None, 3]),
        (r"[1,\N]", "array<bigint>", [1, None]),
        ('["a","b,]"]', "array<string>", ["a", "b,]"]),
        ("[a, b]", "array<string>", ["a", "b"]),
        (r'["say \"hi\"\n\u4e8c"]', "array<string>", ['say "hi"\n二']),
        ("[[1],[2,3]]", "array<array<bigint>>", [[1], [2, 3]]),
        ('{"k":1,"l":null}', "map<string,bigint>", {"k": 1, "l": None}),
        ("{1:a, 2:b}", "map<bigint,string>", {1: "a", 2: "b"}),
        (
            '{"x":1.5,"y":{"z":[true]}}',
            "struct<x:double,y:struct<z:array<boolean>>>",
            {
                "x": 1.5,
                "y": {"z": [True]},
            },
        ),
        ("{x:1, y:2026-01-01}", "struct<x:int,y:date>", {"x": 1, "y": date(2026, 1, 1)}),
        ("null", "array<bigint>", None),
    ],
)
def test_texts_become_values_of_their_type(text, type_text, value):
    assert read(text, type_text) == value


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("1 02:00:00.000000000", timedelta(days=1, hours=2)),
        ("-0 02:00:00.005000000", -timedelta(hours=2, milliseconds=5)),
        ("0 0:00:01", timedelta(seconds=1)),
    ],
)
def test_intervals_are_read(text, span):
    assert value_of(text, parse_data_type("interval_day_time")) == span


@pytest.mark.parametrize(
    ("text", "type_text"),
    [
        ("many", "bigint"),
        ("9" * 100_000, "bigint"),
        ("9" * 100_000, "decimal(38,18)"),
        ("yes", "boolean"),
        ("2026-13-01", "date"),
        ("later", "datetime"),
        ("{", "json"),
        ("[1", "array<bigint>"),
        ("[1] 2", "array<bigint>"),
        ("1", "array<bigint>"),
        ('{"a":1}', "struct<a:int,b:int>"),
        ("{[1]:2}", "map<array<int>,int>"),
        ('["a" "b"]', "array<string>"),
    ],
)
def test_what_does_not_fit_its_type_is_malformed(text, type_text):
    with pytest.raises(MalformedResponseError):
        read(text, type_text)


NESTED = ["array<map<string,bigint>>", "struct<a:int,b:array<string>>", "map<int,date>", "json"]


@given(st.text("[]{}:,\"'\\ aN1", max_size=30), st.sampled_from(NESTED))
def test_any_text_is_read_or_malformed(text, type_text):
    with suppress(MalformedResponseError):
        read(text, type_text)


def test_a_time_is_naive_until_its_zone_is_known():
    text = "2026-01-01 08:00:00.123456789"

    naive = read(text, "timestamp")
    aware = read(text, "timestamp", time_zone=ZoneInfo("Asia/Shanghai"))

    assert naive.tzinfo is None
    assert naive.isoformat() == "2026-01-01T08:00:00.123456"
    assert aware == datetime(2026, 1, 1, 0, 0, 0, 123456, tzinfo=UTC)


def test_a_time_without_a_zone_by_its_type_stays_so():
    value = read("2026-01-01 08:00:00", "timestamp_ntz", time_zone=UTC)

    assert value.tzinfo is None


def result(text, *types):
    columns = tuple(Column(f"c{n}", parse_data_type(name)) for n, name in enumerate(types))
    return TaskResult(task_name="t", format="csv", text=text, columns=columns or None)


def test_rows_have_the_types_of_the_columns():
    typed = result('"a","b"\n1,\\N\n2,"[1]"\n', "bigint", "array<bigint>").typed_rows()

    assert list(typed) == [(1, None), (2, [1])]


def test_without_types_everything_is_text():
    assert list(result('"a"\n1\n').typed_rows()) == [("1",)]


def test_a_row_that_does_not_fit_the_columns_is_malformed():
    with pytest.raises(MalformedResponseError):
        list(result('"a"\n1,2\n', "bigint").typed_rows())


def described(schema):
    return parse_task_results(
        f"""<Instance><Tasks><Task><Name>t</Name><Result Format="csv"/>
        <ResultDescriptor><![CDATA[{{"Schema": {schema}}}]]></ResultDescriptor>
        </Task></Tasks></Instance>""".encode()
    )["t"]


def test_columns_come_from_the_descriptor():
    columns = described(
        '{"Columns": [{"Name": "a", "Type": "bigint"}, {"Name": "b", "Type": "vector(float, 3)"},'
        ' {"Name": "c", "Type": "!?"}]}'
    ).columns

    assert columns is not None
    assert [(column.name, column.type.name) for column in columns] == [
        ("a", "bigint"),
        ("b", "vector"),
        ("c", "string"),
    ]


@pytest.mark.parametrize("schema", ["null", "[]", "{}", '{"Columns": []}'])
def test_columns_can_be_unknown(schema):
    assert described(schema).columns is None


@pytest.mark.parametrize("schema", ['{"Columns": 1}', '{"Columns": [1]}', '{"Columns": [{}]}'])
def test_columns_that_cannot_be_read_are_unknown(schema):
    assert described(schema).columns is None


def test_json_that_could_not_be_written_again_is_malformed():
    data_type = parse_data_type("json")
    deep = value_of("[" * 200 + "]" * 200, data_type)

    assert json_text(deep) == "[" * 200 + "]" * 200
    assert value_of("[" + "[]," * 500 + "[]]", data_type) == [[]] * 501
    for depth in (201, 600, 900):
        with pytest.raises(MalformedResponseError):
            value_of("[" * depth + "]" * depth, data_type)
