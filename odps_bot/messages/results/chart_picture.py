"""A chart as a picture, drawn by matplotlib, which is an extra. Pure.

Letters that no font of this machine has would become boxes: such labels are numbered instead, and
the legend tells the numbers.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from odps_bot.messages import text as t
from odps_bot.messages.results.charts import ChartPlan, axis_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Families that have Chinese, Japanese and Korean letters, where they are installed.
CJK_FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "Arial Unicode MS",
)
OWN_FAMILY = "DejaVu Sans"  #: comes with matplotlib

INCHES = (9.0, 5.0)
DOTS_PER_INCH = 120
LABEL_CHARACTERS = 30
SHOWN_TICKS = 20

#: Distinguishable with a colour vision deficiency: Okabe and Ito's, then their darker shades.
COLOURS = (
    *("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00"),
    *("#004766", "#8F6200", "#006247", "#7F4B68", "#2F6F90", "#853B00"),
)


class NoPicturesError(Exception):
    """matplotlib is not installed."""


@dataclass(frozen=True)
class Picture:
    """A PNG, and the meaning of its numbered labels."""

    png: bytes
    legend: tuple[tuple[str, str], ...] = ()  #: number and label


def draw(plan: ChartPlan, *, title: str, families: Sequence[str] = CJK_FAMILIES) -> Picture:
    """Draw the chart. Raises NoPicturesError where matplotlib is missing.

    `families` are looked for when the own font lacks a letter.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  -- an extra
        from matplotlib.figure import Figure  # noqa: PLC0415  -- likewise
    except ModuleNotFoundError as error:
        raise NoPicturesError from error
    labels = _Labels(families)
    categories = [labels.drawable(label) for label in plan.categories]
    names = [labels.drawable(series.name) for series in plan.series]
    figure = Figure(figsize=INCHES, dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    axes: Axes = figure.add_subplot()
    fonts: dict[str, Any] = {"family": labels.families, "parse_math": False}
    draw_series = _draw_line if plan.kind == "line" else _draw_bars
    for place, name in enumerate(names):
        values = [float("nan") if v is None else v for v in plan.series[place].values]
        draw_series(axes, values, place, of=len(names), name=name)
    _label_categories(axes, categories, fonts)
    axes.set_title(labels.drawable(title), **fonts)
    axes.set_xlabel(labels.drawable(axis_label(plan, limit=LABEL_CHARACTERS)), **fonts)
    _style(axes)
    if len(names) > 1:
        legend = axes.legend(prop={"family": labels.families})
        for text in legend.get_texts():
            text.set_parse_math(False)
    if (number_name := plan.measure if len(names) > 1 else plan.series[0].name) is not None:
        axes.set_ylabel(labels.drawable(number_name), **fonts)
    content = io.BytesIO()
    figure.savefig(content, format="png", metadata={"Software": None})
    return Picture(content.getvalue(), tuple(labels.numbered.items()))


class _Labels:
    """Makes labels of what the fonts at hand can draw."""

    def __init__(self, families: Sequence[str]) -> None:
        self._wanted = families
        self.numbered: dict[str, str] = {}  #: label by number

    @cached_property
    def families(self) -> list[str]:
        from matplotlib import font_manager  # noqa: PLC0415  -- an extra

        installed = {font.name for font in font_manager.fontManager.ttflist}
        return [OWN_FAMILY, *(name for name in self._wanted if name in installed)]

    @cached_property
    def _letters(self) -> set[int]:
        from matplotlib import font_manager  # noqa: PLC0415  -- an extra

        letters: set[int] = set()
        for family in self.families:
            path = font_manager.findfont(family)
            letters |= font_manager.get_font(path).get_charmap().keys()
        return letters

    def drawable(self, label: str) -> str:
        """Return the label on one line and cut, or its number where a letter cannot be drawn."""
        line = " ".join(t.clean(label).split())
        short = line if len(line) <= LABEL_CHARACTERS else line[: LABEL_CHARACTERS - 1] + t.ELLIPSIS
        if all(ord(letter) in self._letters for letter in short):
            return short
        known = next((number for number, text in self.numbered.items() if text == short), None)
        number = known or f"#{len(self.numbered) + 1}"
        self.numbered[number] = short
        return number


def _draw_line(axes: "Axes", values: list[float], place: int, *, of: int, name: str) -> None:  # noqa: ARG001  -- as bars
    style = "-" if place < len(COLOURS) // 2 else "--"
    colour = COLOURS[place % len(COLOURS)]
    marker = "o" if len(values) <= SHOWN_TICKS * 2 else ""
    axes.plot(range(len(values)), values, style, marker=marker, color=colour, label=_own(name))


def _draw_bars(axes: "Axes", values: list[float], place: int, *, of: int, name: str) -> None:
    width = 0.8 / of
    left = [n - 0.4 + width * (place + 0.5) for n in range(len(values))]
    axes.bar(left, values, width, color=COLOURS[place % len(COLOURS)], label=_own(name))


def _own(name: str) -> str:
    # matplotlib omits names that start with an underscore from its legend.
    return name if not name.startswith("_") else f" {name}"


def _label_categories(axes: "Axes", categories: list[str], fonts: dict[str, Any]) -> None:
    step = -(-len(categories) // SHOWN_TICKS)
    places = range(0, len(categories), step)
    labels = [categories[place] for place in places]
    is_crowded = sum(map(len, labels)) > 80  # noqa: PLR2004  -- letters side by side in the width
    slanted: dict[str, Any] = {"rotation": 40, "ha": "right"} if is_crowded else {}
    axes.set_xticks(list(places), labels, **fonts, **slanted)


def _style(axes: "Axes") -> None:
    from matplotlib.ticker import FuncFormatter  # noqa: PLC0415  -- an extra

    axes.grid(visible=True, axis="y", alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
