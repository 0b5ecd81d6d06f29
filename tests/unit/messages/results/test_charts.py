"""Which results are charts, what Slack draws of them, and what a picture shows."""

import builtins
import re
import struct
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slackblocks import (
    AxisConfig,
    BarChart,
    DataPoint,
    DataSeries,
    DataVisualizationBlock,
    _limits,
)

from odps_bot.messages.results import charts
from odps_bot.messages.results.chart_picture import NoPicturesError, draw
from odps_bot.messages.results.charts import (
    axis_label,
    chart_in_words,
    chart_of,
    is_native,
    native_chart,
)
from odps_bot.messages.results.zones import ShownZone
from odps_bot.runs import Table
from odps_bot.sandbox.slack.block_kit import check_blocks

NO_FONTS = ()


def a_table(*rows, columns, types, **facts):
    usual = {"column_count": len(columns), "row_count": len(rows)}
    return Table(columns=columns, types=types, rows=rows, **{**usual, **facts})


def counts(*rows, columns=("city", "orders"), types=("string", "bigint")):
    return a_table(*rows, columns=columns, types=types)


CITIES = counts(("Bern", "5"), ("Lagos", "7"))


def test_names_and_numbers_are_bars():
    plan = chart_of(CITIES)

    assert plan.kind == "bar"
    assert plan.categories == ("Bern", "Lagos")
    assert [(s.name, s.values) for s in plan.series] == [("orders", (5.0, 7.0))]


@pytest.mark.parametrize(
    ("name", "type_name", "times"),
    [
        ("ds", "string", ["20261103", "20261101", "20261102"]),
        ("ds", "bigint", ["20261103", "20261101", "20261102"]),
        ("t", "datetime", ["2026-11-03 00:00:00", "2026-11-01 08:00:00", "2026-11-02 00:00:00"]),
        ("t", "string", ["2026-11-03", "2026-11-01", "2026-11-02"]),
        ("t", "string", ["2026-11", "2026-01", "2026-10"]),
        ("year", "bigint", ["2026", "2024", "2025"]),
        ("hour", "bigint", ["23", "1", "10"]),
    ],
)
def test_times_are_a_line_from_left_to_right(name, type_name, times):
    rows = zip(times, ["3", "1", "2"], strict=True)
    plan = chart_of(counts(*rows, columns=(name, "n"), types=(type_name, "bigint")))

    assert plan.kind == "line"
    assert plan.series[0].values == (1.0, 2.0, 3.0)


def sales(*rows, columns=("ds", "city", "orders"), types=("string", "string", "bigint")):
    return a_table(*rows, columns=columns, types=types)


DAYS_AND_CITIES = sales(
    ("20261102", "Bern", "5"),
    ("20261101", "Bern", "6"),
    ("20261101", "Lagos", "7"),
    ("20261102", "Lagos", "1"),
)


def test_a_row_for_each_day_and_city_is_a_line_for_each_city():
    plan = chart_of(DAYS_AND_CITIES)

    assert (plan.kind, plan.category_name, plan.measure) == ("line", "ds", "orders")
    assert plan.categories == ("20261101", "20261102")
    assert [(s.name, s.values) for s in plan.series] == [
        ("Bern", (6.0, 5.0)),
        ("Lagos", (7.0, 1.0)),
    ]


def test_days_are_the_axis_wherever_they_stand():
    rows = [(city, day, orders) for day, city, orders in DAYS_AND_CITIES.rows]
    plan = chart_of(sales(*rows, columns=("city", "ds", "orders")))

    assert plan.category_name == "ds"
    assert [series.name for series in plan.series] == ["Bern", "Lagos"]


def test_without_days_the_fewer_names_are_the_series():
    rows = [(kind, city, "1") for kind in ("new", "old") for city in ("Bern", "Lagos", "Oslo")]
    plan = chart_of(sales(*rows, columns=("kind", "city", "orders")))

    assert (plan.kind, plan.categories) == ("bar", ("Bern", "Lagos", "Oslo"))
    assert [series.name for series in plan.series] == ["new", "old"]


def test_a_pair_without_a_row_is_a_gap_and_small_groups_are_kept():
    rows = [*DAYS_AND_CITIES.rows[:3], ("20261102", "Lagos", "1000000"), ("20261101", "Ulm", "1")]
    plan = chart_of(sales(*rows))

    assert [(s.name, s.values) for s in plan.series][2] == ("Ulm", (1.0, None))
    assert plan.left_out == ()
    assert draw(plan, title="r1").png.startswith(b"\x89PNG")


def test_slack_draws_groups_and_names_what_they_count():
    plan = chart_of(DAYS_AND_CITIES)
    block = native_chart(plan, title="r42: orders by ds")

    assert is_native(plan)
    assert check_blocks([block], surface="message") == []
    assert block["chart"]["axis_config"]["y_label"] == "orders"
    assert chart_in_words(plan) == (
        "Line chart of orders of Bern, Lagos by ds, 2 points, from 20261101 to 20261102"
    )


NO_CHARTS = {
    "a pair twice": sales(*DAYS_AND_CITIES.rows, ("20261101", "Bern", "1")),
    "names that belong to one": sales(
        *[(f"city {n}", f"country {n // 2}", "1") for n in range(10)],
        columns=("city", "country", "orders"),
    ),
    "too many groups": sales(
        *[(f"2026110{day}", f"city {n}", "1") for day in (1, 2) for n in range(13)]
    ),
    "a group that cannot be drawn": sales(*DAYS_AND_CITIES.rows, ("20261101", "Ulm", None)),
    "three keys": a_table(
        *[(*row[:2], "x", row[2]) for row in DAYS_AND_CITIES.rows],
        columns=("ds", "city", "kind", "orders"),
        types=("string", "string", "string", "bigint"),
    ),
    "one point": counts(("Bern", "5")),
    "a name twice": counts(("Bern", "5"), ("Bern", "7")),
    "a name twice, nearly": counts((None, "5"), ("NULL", "7")),
    "no numbers": counts(("a", "b"), ("c", "d"), types=("string", "string")),
    "no names": counts(("1", "2"), ("3", "4"), columns=("a", "b"), types=("bigint", "bigint")),
    "not a number": counts(("a", "NaN"), ("b", "1"), types=("string", "double")),
    "endless": counts(("a", "Infinity"), ("b", "1"), types=("string", "double")),
    "nothing but NULL": counts(("a", None), ("b", None)),
    "ids": counts(("a", "1"), ("b", "2"), columns=("city", "user_id")),
    "no types": counts(("a", "1"), ("b", "2"), types=()),
    "too many bars": counts(*[(f"c{n}", "1") for n in range(61)]),
    "columns not shown": a_table(
        ("a", "1"),
        ("b", "2"),
        columns=("city", "n"),
        types=("string", "bigint"),
        column_count=30,
    ),
    "too many series": a_table(
        ("a", *["1"] * 13),
        ("b", *["2"] * 13),
        columns=("city", *"abcdefghjklmn"),
        types=("string", *["bigint"] * 13),
    ),
    "nothing": a_table(columns=(), types=()),
}


@pytest.mark.parametrize("table", NO_CHARTS.values(), ids=NO_CHARTS)
def test_other_results_are_no_charts(table):
    assert chart_of(table) is None


def test_a_chart_within_the_limits_is_slacks_own():
    plan = chart_of(CITIES)

    assert is_native(plan)
    block = native_chart(plan, title="r42: orders by city")
    assert check_blocks([block], surface="message") == []
    assert block["chart"]["series"][0]["data"] == [
        {"label": "Bern", "value": 5},
        {"label": "Lagos", "value": 7},
    ]


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(counts(*[(f"c{n}", "1") for n in range(21)]), id="more points"),
        pytest.param(counts(("x" * 21, "1"), ("y", "2")), id="a long label"),
        pytest.param(counts(("", "1"), ("y", "2")), id="an empty label"),
        pytest.param(counts(("a", None), ("b", "2")), id="a gap"),
        pytest.param(counts(("a", "1"), ("b", "2"), columns=("c", "n" * 21)), id="a long name"),
        pytest.param(
            a_table(
                ("a", "1", "2"),
                ("b", "3", "4"),
                columns=("c", "n", "n"),
                types=("string", "bigint", "bigint"),
            ),
            id="a name twice",
        ),
    ],
)
def test_what_slack_cannot_show_is_a_picture(table):
    assert not is_native(chart_of(table))


@pytest.mark.parametrize(("rows", "is_drawn"), [(1, False), (2, True), (60, True), (61, False)])
def test_a_chart_has_two_to_sixty_bars(rows, is_drawn):
    table = counts(*[(f"city {n}", str(n)) for n in range(rows)])

    assert (chart_of(table) is not None) is is_drawn


@pytest.mark.parametrize(("rows", "is_drawn"), [(1_000, True), (1_001, False)])
def test_a_line_has_a_thousand_points_at_most(rows, is_drawn):
    days = [date(2020, 1, 1) + timedelta(days=n) for n in range(rows)]
    table = counts(*[(day.isoformat(), "1") for day in days], columns=("ds", "orders"))

    assert (chart_of(table) is not None) is is_drawn


@pytest.mark.parametrize(("columns", "is_drawn"), [(12, True), (13, False)])
def test_a_chart_has_twelve_series_at_most(columns, is_drawn):
    names = ("city", *(f"n{n}" for n in range(columns)))
    table = a_table(
        ("Bern", *("5",) * columns),
        ("Lagos", *("7",) * columns),
        columns=names,
        types=("string", *("bigint",) * columns),
    )

    assert (chart_of(table) is not None) is is_drawn


@pytest.mark.parametrize(("rows", "letters", "is_slacks"), [(20, 20, True), (21, 20, False)])
def test_slack_draws_twenty_points_with_names_of_twenty_letters(rows, letters, is_slacks):
    table = counts(*[(f"{n:0{letters}}", "5") for n in range(rows)])
    longer = counts(*[(f"{n:0{letters + 1}}", "5") for n in range(rows)])

    assert is_native(chart_of(table)) is is_slacks
    assert not is_native(chart_of(longer))


@pytest.mark.parametrize(("gaps", "is_drawn"), [(8, True), (9, False)])
def test_a_chart_of_groups_may_be_half_empty(gaps, is_drawn):
    pairs = [(f"day {day}", f"city {city}", "5") for city in range(4) for day in range(4)]
    # The first of each row and column stay, so that there are four days and four cities.
    removable = [pair for pair in pairs if pair[0][-1] != pair[1][-1]]
    kept = [pair for pair in pairs if pair not in removable[:gaps]]
    table = a_table(*kept, columns=("day", "city", "n"), types=("string", "string", "bigint"))

    assert (chart_of(table) is not None) is is_drawn


def test_a_picture_cuts_labels_to_thirty_letters():
    table = counts(("花" * 40, "5"), ("Lagos", "7"))

    picture = draw(chart_of(table), title="Run r1", families=NO_FONTS)

    assert picture.legend == (("#1", "花" * 29 + "…"),)


def test_slacks_chart_has_titles_of_fifty_letters():
    table = counts(("Bern", "5"), ("Lagos", "7"), columns=("x" * 60, "orders"))

    shown = re.findall("xx+…?", str(native_chart(chart_of(table), title="x" * 60)))

    assert set(map(len, shown)) == {50}


def test_limits_are_slacks():
    assert charts.NATIVE_POINTS == _limits.DATA_VISUALIZATION_CATEGORIES_MAX_ITEMS
    assert charts.NATIVE_LABEL == _limits.DATA_VISUALIZATION_CATEGORY_LABEL_MAX_LENGTH
    assert charts.NATIVE_TITLE == _limits.DATA_VISUALIZATION_TITLE_MAX_LENGTH
    assert charts.MOST_SERIES == _limits.DATA_VISUALIZATION_SERIES_MAX_ITEMS


LABELS = st.text(st.characters(codec="utf-8"), max_size=25)
NUMBERS = st.integers().map(str) | st.floats(allow_nan=False, allow_infinity=False).map(repr)


@given(
    rows=st.lists(st.tuples(LABELS, NUMBERS), max_size=25),
    name=LABELS,
    title=LABELS.map(lambda text: f"r1 {text * 4}"),
)
def test_slack_accepts_every_chart_that_is_its_own(rows, name, title):
    plan = chart_of(counts(*rows, columns=(name, "n"), types=("string", "double")))

    if plan is not None and is_native(plan):
        assert check_blocks([native_chart(plan, title=title)], surface="message") == []


def size(png):
    return struct.unpack(">II", png[16:24])


def test_a_picture_shows_negative_numbers_gaps_and_markup_as_it_is():
    plan = chart_of(
        a_table(
            ("$a^2$", "-5", None),
            ("_b", "7", "1e300"),
            columns=("city", "$n$", "_m"),
            types=("string", "bigint", "double"),
        )
    )
    picture = draw(plan, title="$unclosed")

    assert picture.png.startswith(b"\x89PNG")
    assert size(picture.png) == (1080, 600)
    assert picture.legend == ()


def test_a_long_line_is_drawn_whole():
    rows = [(f"2026-11-22 {n // 60:02}:{n % 60:02}:00", str(n)) for n in range(1_000)]
    plan = chart_of(counts(*rows, columns=("t", "n"), types=("datetime", "bigint")))

    assert draw(plan, title="r1").png.startswith(b"\x89PNG")


def test_the_same_chart_is_the_same_picture():
    plan = chart_of(CITIES)

    assert draw(plan, title="r1").png == draw(plan, title="r1").png


def test_letters_that_no_font_has_are_numbered_and_told():
    plan = chart_of(counts(("北京", "5"), ("Bern", "7"), columns=("城市", "金额")))
    picture = draw(plan, title="北京 r42", families=NO_FONTS)

    assert picture.legend == (("#1", "北京"), ("#2", "金额"), ("#3", "北京 r42"), ("#4", "城市"))


@pytest.mark.parametrize(
    ("numbers", "drawn"),
    [
        (("6400000", "12500"), {"a"}),
        (("12500", "6400000"), {"a"}),
        (("12500", "6400000", "900"), {"a", "c"}),
        (("-100", "5"), {"a", "b"}),
        (("100", "4"), {"a"}),
        (("10", "100", "1000"), {"a", "b"}),
        (("0", "6400000", "0"), {"a", "b", "c"}),
    ],
)
def test_only_what_can_be_seen_beside_the_first_numbers_is_drawn(numbers, drawn):
    names = ("a", "b", "c")[: len(numbers)]
    zeros = ("Bern", *("0" for _ in numbers))
    table = a_table(
        zeros,
        ("Lagos", *numbers),
        columns=("city", *names),
        types=("string", *("bigint" for _ in numbers)),
    )
    plan = chart_of(table)

    assert {one.name for one in plan.series} == drawn
    assert set(plan.left_out) == {*names} - drawn


def test_days_keep_what_is_left_out():
    columns = ("ds", "revenue", "orders")
    rows = [("20261102", "6400000", "9"), ("20261101", "7", "7")]
    plan = chart_of(a_table(*rows, columns=columns, types=("string", "bigint", "bigint")))

    assert plan.kind == "line"
    assert plan.left_out == ("orders",)


def test_without_matplotlib_there_are_no_pictures(monkeypatch):
    true_import = builtins.__import__

    def without_matplotlib(name, *arguments, **more):
        if name.startswith("matplotlib"):
            raise ModuleNotFoundError(name)
        return true_import(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", without_matplotlib)
    with pytest.raises(NoPicturesError):
        draw(chart_of(CITIES), title="r1")


def test_a_chart_is_told_in_words():
    assert chart_in_words(chart_of(CITIES)) == (
        "Bar chart of orders by city, 2 points, from Bern to Lagos"
    )


def test_slackblocks_accepts_what_slack_draws():
    block = native_chart(chart_of(CITIES), title="r42: orders by city")

    chart = block["chart"]
    series = [
        DataSeries(one["name"], [DataPoint(**point) for point in one["data"]])
        for one in chart["series"]
    ]
    made = DataVisualizationBlock(
        block["title"], BarChart(series, AxisConfig(**chart["axis_config"]))
    )
    assert {**made._resolve(), "block_id": None} == {**block, "block_id": None}


TIMES = counts(
    ("2026-11-22 08:00:00", "1"), ("2026-11-22 09:00:00", "2"), columns=("t", "n"),
    types=("datetime", "bigint"),
)  # fmt: skip


def test_the_zone_of_times_stands_at_their_axis():
    plan = replace(chart_of(TIMES), zone=ShownZone(name="America/Argentina/Buenos_Aires"))
    label = native_chart(plan, title="t")["chart"]["axis_config"]["x_label"]

    assert label == "t (America/Argentina/Buenos_Aires)"
    assert "by t (America/Argentina/Buenos_Aires), 2 points" in chart_in_words(plan)


def test_a_long_name_leaves_room_for_the_zone():
    plan = replace(chart_of(TIMES), category_name="t" * 99, zone=ShownZone(name="Asia/Shanghai"))

    assert axis_label(plan, limit=30) == "t" * 14 + " (Asia/Shanghai)"


def test_dates_and_names_have_no_zone():
    days = counts(("2026-11-22", "1"), ("2026-11-23", "2"), types=("date", "bigint"))

    assert not chart_of(days).is_zoned
    assert not chart_of(CITIES).is_zoned
    assert axis_label(replace(chart_of(days), zone=ShownZone(name="UTC")), limit=30) == "city"


def test_times_that_are_turned_into_groups_keep_their_zone():
    rows = [("2026-11-22 08:00:00", "Bern", "5"), ("2026-11-22 09:00:00", "Bern", "6")]
    rows += [(time, "Lagos", orders) for time, _, orders in rows]
    types = ("timestamp", "string", "bigint")

    assert chart_of(a_table(*rows, columns=("t", "city", "n"), types=types)).is_zoned
