"""The texts of the benchmark are read for what they are, and its report has all bars."""

from dataclasses import replace

import pytest

from benchmarks.classify.measure import LENGTHS, Found, measure_in_fresh_process
from benchmarks.classify.report import bars, growth, section
from benchmarks.classify.shapes import SHAPES, Shape
from odps_bot.sql.classification import classify

FOUND = [
    Found(shape=name, characters=length, statement_class="read", took_s=factor * length / 1e6)
    for name, factor in (("sums", 1), ("unions", 1.2))
    for length in LENGTHS
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_text_has_its_length_and_class(shape: Shape) -> None:
    text = shape.text(20_000)

    assert 0.99 * 20_000 < len(text) <= 20_000
    is_unproven = shape.name in {"brackets in each other", "a PAI command"}
    assert (classify(text).statement_class.label == "unknown") is is_unproven


def test_a_text_is_measured_in_a_process_of_its_own() -> None:
    found = measure_in_fresh_process(0, 20_000)

    assert (found.shape, found.statement_class) == (SHAPES[0].name, "read")
    assert found.took_s >= 0


def test_the_report_has_all_bars_and_shapes() -> None:
    text = section(FOUND, yardstick_s=0.1, machine="a machine")

    assert [bar.holds for bar in bars(FOUND)] == [True, True]
    assert all(bar.name in text for bar in bars(FOUND))
    assert "| unions | read | 0.36 s | 0.36 s | 2.52 s | 1.00 |" in text


def test_what_is_quadratic_misses_its_bar() -> None:
    short, long = (found for found in FOUND if found.shape == "sums")
    quadratic = [short, replace(long, took_s=short.took_s * (long.characters / 300_000) ** 2)]

    assert growth(quadratic, "sums") == pytest.approx(7, abs=0.1)
    assert [bar.holds for bar in bars(quadratic)] == [True, False]
