"""The measurement of isolation, in a size that says nothing about speed."""

import pytest

from benchmarks.isolation.measure import Plan, measure
from benchmarks.isolation.report import bars, section, table
from benchmarks.isolation.storm import Size

SIZE = Size(files=1, file_rows=1_000, far_runs=1, response_urls=1, web_api_calls=1, ends=3, stops=1)


@pytest.fixture(scope="module")
def found(monkeypatch_module):
    monkeypatch_module.setenv("NO_PROXY", "127.0.0.1")
    return measure(Plan(quiet_s=2, storm_s=4, patience_s=5, size=SIZE))


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def test_while_it_is_quiet_every_card_comes_and_every_end_is_told(found):
    assert len(found.quiet.card_s) == len(found.quiet.told_s) == 2
    assert (found.quiet.no_card, found.quiet.not_told) == (0, 0)
    assert all(0 < one < 10 for one in found.quiet.card_s)


def test_in_the_storm_all_that_was_typed_and_clicked_is_counted_whether_it_came_or_not(found):
    assert len(found.storm.card_s) == 4
    assert found.storm.no_card <= 4
    assert len(found.stops_s) == 1


def test_the_report_has_a_row_for_each_wait(found):
    assert [row[0] for row in table(found)] == [
        "seconds",
        "quiet: command → card",
        "quiet: end → told",
        "storm: command → card",
        "storm: end → told",
        "storm: Stop → MaxCompute",
    ]
    text = section(found, SIZE, machine="a machine")
    assert all(bar.name in text for bar in bars(found))
    assert "of 3 ends told" in text
