"""The measurement of ends, in a size that says nothing about speed."""

from benchmarks.ends.load import Load, planned
from benchmarks.ends.measure import measure
from benchmarks.ends.plot import plot
from benchmarks.ends.report import bars, replies_s, section, untold

LOAD = Load(runs=6, within_s=12, longest_s=6, workers=1)


def test_ends_are_told_and_told_of():
    held = measure(LOAD, held=4)

    assert len(held.runs) == 6
    assert untold(held) == 0
    assert all(told > 0 for told in replies_s(held.runs))
    assert 0 < held.most_held <= 4
    assert held.refused == 0
    assert len(bars(held)) == 7
    assert "| reply after the end, p99 |" in section(held, held, machine="this")
    assert plot(held, held).count("<circle") == 12


def test_all_runs_of_the_plan_end_within_the_trial():
    load = Load()
    plan = planned(load)

    assert len(plan) == load.runs
    assert max(one.start_s + one.lasts_s for one in plan) <= load.within_s
    assert (min(one.lasts_s for one in plan), max(one.lasts_s for one in plan)) == (1, 120)
