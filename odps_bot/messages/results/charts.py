"""A result as a chart: which results are one, and the block that Slack draws. Pure.

https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block
from odps_bot.messages.results.cells import (
    LARGEST_EXACT,
    NULL,
    ColumnFormat,
    column_formats,
    is_time,
)
from odps_bot.messages.results.pivots import pivoted
from odps_bot.messages.results.zones import ZONED_TYPES, ShownZone
from odps_bot.runs.run import Table

#: What Slack's block shows.
NATIVE_POINTS = 20
NATIVE_LABEL = 20
NATIVE_TITLE = 50

#: How much of the name of the categories stands in the text beside a chart.
LABEL_IN_WORDS = 300

#: What a picture shows.
MOST_SERIES = 12
MOST_BARS = 60
MOST_POINTS = 1_000

#: Series share an axis when each reaches at least this part of it; what is lower cannot be seen.
LOWEST_PEAK = 1 / 20


@dataclass(frozen=True)
class Series:
    """A column of numbers, one for each category; None where the result has NULL."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class ChartPlan:
    """What is drawn: time as a line, anything else as bars."""

    kind: Literal["line", "bar"]
    category_name: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    left_out: tuple[str, ...] = ()  #: columns of numbers on a scale of their own
    measure: str | None = None  #: the column of all numbers, where series are groups of rows
    is_zoned: bool = False  #: the categories are what clocks show, in a time zone
    zone: ShownZone | None = None  #: in which, where that is known


def chart_of(table: Table) -> ChartPlan | None:
    """Return how to draw the result, or None if it can't be charted.

    A chart has one column of names or times, each once, and numbers besides: the first ones, and
    those that can be seen beside them. A result with a row for each day and city is drawn with a
    series for each city. Only the rows that `table` holds are drawn: see that it holds them all.
    """
    forms = column_formats(table)
    if not forms or table.column_count > len(forms) or not 1 < len(table.rows) <= MOST_POINTS:
        return None
    if (plan := _wide_chart(table, forms)) is not None:
        return plan
    pivot = pivoted(table, most_groups=MOST_SERIES)
    if pivot is None:
        return None
    groups = range(1, len(pivot.table.columns))
    plan = _plan(pivot.table, 0, groups)
    if plan is None or len(plan.series) < len(groups):
        return None
    return replace(plan, measure=t.clean(pivot.measure))


def _wide_chart(table: Table, forms: tuple[ColumnFormat, ...]) -> ChartPlan | None:
    """Return the chart in which each column of numbers is a series."""
    place = _category_place(forms)
    if place is None:
        return None
    numbers = [p for p, form in enumerate(forms) if p != place and form.is_grouped]
    plan = _plan(table, place, numbers)
    if plan is None:
        return None
    drawn = _of_one_scale(plan.series)
    left_out = tuple(one.name for one in plan.series if one not in drawn)
    return replace(plan, series=drawn, left_out=left_out)


def _plan(table: Table, place: int, numbers: Iterable[int]) -> ChartPlan | None:
    categories = tuple(
        t.clean(NULL if (cell := row[place]) is None else cell) for row in table.rows
    )
    series = tuple(
        Series(t.clean(table.columns[p]), values)
        for p in numbers
        if (values := _numbers(table, p)) is not None
    )
    if len(set(categories)) < len(categories) or not 0 < len(series) <= MOST_SERIES:
        return None
    is_zoned = place < len(table.types) and table.types[place] in ZONED_TYPES
    plan = ChartPlan("bar", t.clean(table.columns[place]), categories, series, is_zoned=is_zoned)
    if is_time(table, place):
        return _in_order(plan)
    return plan if len(categories) <= MOST_BARS else None


def is_native(plan: ChartPlan) -> bool:
    """Return whether Slack's own block can show the chart, all of it and nothing cut."""
    names = [series.name for series in plan.series]
    labels = [*plan.categories, *names]
    return (
        len(plan.categories) <= NATIVE_POINTS
        and all(label.strip() and len(label) <= NATIVE_LABEL for label in labels)
        and len(set(names)) == len(names)
        and all(None not in series.values for series in plan.series)
    )


def native_chart(plan: ChartPlan, *, title: str) -> Block:
    """Return a chart that `is_native` as a block."""
    label = axis_label(plan, limit=NATIVE_TITLE)
    measure = (plan.measure or "")[:NATIVE_TITLE]
    series = [
        {
            "name": one.name,
            "data": [
                {"label": category, "value": _short_number(value)}
                for category, value in zip(plan.categories, one.values, strict=True)
                if value is not None
            ],
        }
        for one in plan.series
    ]
    return {
        "type": "data_visualization",
        "title": t.clip(t.clean(title), NATIVE_TITLE),
        "chart": {
            "type": plan.kind,
            "series": series,
            "axis_config": {
                "categories": list(plan.categories),
                **({"x_label": label} if label.strip() else {}),
                **({"y_label": measure} if measure.strip() else {}),
            },
        },
    }


def axis_label(plan: ChartPlan, *, limit: int) -> str:
    """Return the name of the categories, cut, and the time zone of times; plain text."""
    name = t.clean(plan.category_name)
    if not plan.is_zoned or plan.zone is None:
        return name[:limit]
    zone = f" ({t.clean(plan.zone.name)})"[:limit]
    return name[: limit - len(zone)] + zone


def chart_in_words(plan: ChartPlan) -> str:
    """Return what the chart shows, for those who do not see it; plain text, not escaped."""
    kind = "Line" if plan.kind == "line" else "Bar"
    numbers = ", ".join(series.name for series in plan.series)
    if plan.measure is not None:
        numbers = f"{plan.measure} of {numbers}"
    by = axis_label(plan, limit=LABEL_IN_WORDS)
    head = f"{kind} chart of {numbers} by {by}, {len(plan.categories):,} points"
    return f"{head}, from {plan.categories[0]} to {plan.categories[-1]}"


def _category_place(forms: tuple[ColumnFormat, ...]) -> int | None:
    """Return the column of names: the only one without numbers, else the first if it is a key."""
    texts = [place for place, form in enumerate(forms) if not form.is_number]
    if len(texts) == 1:
        return texts[0]
    is_key = not texts and len(forms) > 1 and not forms[0].is_grouped
    return 0 if is_key else None


def _numbers(table: Table, place: int) -> tuple[float | None, ...] | None:
    """Return the column's numbers; None when it has none, or one that cannot be drawn."""
    cells = [row[place] for row in table.rows]
    try:
        numbers = tuple(None if cell is None else float(cell) for cell in cells)
    except ValueError:
        return None
    found = [number for number in numbers if number is not None]
    return numbers if found and all(map(math.isfinite, found)) else None


def _of_one_scale(series: tuple[Series, ...]) -> tuple[Series, ...]:
    """Return the series that can be read on one axis; who is named first counts first."""
    drawn: list[Series] = []
    peaks: list[float] = []
    for one in series:
        peak = max(abs(value) for value in one.values if value is not None)
        if peaks and peak and min(*peaks, peak) < max(*peaks, peak) * LOWEST_PEAK:
            continue
        drawn.append(one)
        if peak:
            peaks.append(peak)
    return tuple(drawn)


def _short_number(value: float) -> float:
    return int(value) if value.is_integer() and abs(value) <= LARGEST_EXACT else value


def _in_order(plan: ChartPlan) -> ChartPlan:
    """Return the chart as a line that goes from left to right."""
    longest = max(map(len, plan.categories))
    order = sorted(
        range(len(plan.categories)), key=lambda place: plan.categories[place].rjust(longest)
    )
    return replace(
        plan,
        kind="line",
        categories=tuple(plan.categories[place] for place in order),
        series=tuple(Series(one.name, tuple(one.values[p] for p in order)) for one in plan.series),
    )
