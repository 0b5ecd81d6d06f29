"""Lives are measured for what they are, and the report has all bars."""

import xml.etree.ElementTree as ET

import pytest

from benchmarks.diagnosis.bars import bars
from benchmarks.diagnosis.cost import Cost, cost_in_fresh_processes
from benchmarks.diagnosis.found import summed_up
from benchmarks.diagnosis.measure import HEALTHY, NOTHING, Outcome, Seen, outcome_of
from benchmarks.diagnosis.plot import plot
from benchmarks.diagnosis.population import subject
from benchmarks.diagnosis.report import section
from benchmarks.diagnosis.watching import AS_BOT, EVERYTHING

COST = Cost(
    response_bytes=5_000_000, parsed_s=0.03, took_s=0.04, memory_bytes=13_000_000, said="too_many"
)


def outcome(drawn_as, seen=(), said=(), wrong=()):
    return Outcome(
        drawn_as=drawn_as,
        seed=1,
        seen=tuple(seen),
        said=tuple(said),
        wrong=tuple(wrong),
        is_sick=bool(seen),
        polls=10,
    )


FOUND = summed_up(
    "as the bot polls",
    [
        *[outcome("skew", [Seen(kind="skew", said="skew", late_s=4.0)], ["skew"])] * 19,
        outcome("skew", [Seen(kind="skew", said=NOTHING, late_s=None)]),
        *[outcome(HEALTHY)] * 99,
        outcome(HEALTHY, said=["skew"], wrong=["skew"]),
    ],
)


def test_rates_count_lives():
    assert FOUND.recall("skew") == pytest.approx(0.95)
    assert FOUND.precision("skew") == pytest.approx(0.95)
    assert [bar.holds for bar in bars([FOUND], [COST])] == [True] * 6


def test_the_report_has_all_bars_and_kinds():
    text = section([FOUND], [COST], machine="a machine")

    assert all(bar.name in text for bar in bars([FOUND], [COST]))
    assert "| skew | 20 | 95.0 % | 20 | 95.0 % | 4.0 | 4.0 | 4.0 |" in text
    assert "| skew | nothing | 1 |" in text
    assert "Of 100 lives that never had a cause, 1.00 % raised an alarm." in text


def test_the_plot_is_a_picture():
    assert ET.fromstring(plot(FOUND)).tag.endswith("svg")


@pytest.mark.parametrize("name", ["wait_quota", "skew", "expansion", "retries", "finishing"])
def test_a_sick_life_is_diagnosed(name):
    found = outcome_of(subject(name, 20_000_000), EVERYTHING)

    assert [(one.kind, one.said) for one in found.seen] == [(one.kind,) * 2 for one in found.seen]
    assert found.seen
    assert found.wrong == ()


def test_a_healthy_life_is_left_alone():
    assert outcome_of(subject(HEALTHY, 20_000_000), AS_BOT).said == ()


def test_the_cost_is_measured_in_a_process_of_its_own():
    (found,) = cost_in_fresh_processes(1, workers=2_000)

    assert found.response_bytes > 300_000
    assert found.took_s >= found.parsed_s > 0
