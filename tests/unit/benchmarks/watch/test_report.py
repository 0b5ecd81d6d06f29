"""What the page says of measurements of the watch."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from benchmarks.watch.bars import bars, lateness_s, quantile
from benchmarks.watch.designs import BLOCKING, OURS, OURS_KILLED
from benchmarks.watch.measure import Found
from benchmarks.watch.plot import plot
from benchmarks.watch.report import section
from benchmarks.world.pages import replace_section

GOOD = Found(
    design=OURS.name,
    count=10_000,
    processes=3,
    lateness_s=[1.0] * 98 + [5.0, 7.0],
    unnoticed_s=[],
    requests_a_minute=900,
    cpu_s_a_minute=9,
    memory_bytes=170_000_000,
    redis_commands_a_minute=60_000,
    redis_cpu_s_a_minute=1,
    redis_memory_bytes=27_000_000,
)
KILLED = replace(GOOD, design=OURS_KILLED.name)
ALONE = replace(GOOD, design=BLOCKING.name, count=8, requests_a_minute=96)


def test_all_bars_hold_where_they_do():
    assert all(bar.holds for bar in bars([GOOD, KILLED, replace(GOOD, count=100)]))


@pytest.mark.parametrize(
    "worse",
    [
        {"lateness_s": [9.0] * 100},
        {"lateness_s": [1.0] * 98, "unnoticed_s": [9.0, 9.5]},
        {"requests_a_minute": 1_201},
        {"cpu_s_a_minute": 12.1},
        {"memory_bytes": 300_000_001},
    ],
)
def test_a_bar_that_is_missed_is_seen(worse):
    missed = [bar for bar in bars([replace(GOOD, **worse), KILLED]) if not bar.holds]

    assert len(missed) == 1


def test_what_was_never_noticed_is_late_by_as_long_as_it_was_looked_for():
    found = replace(GOOD, lateness_s=[1.0], unnoticed_s=[20.0])

    assert lateness_s(found, 0.99) == 20.0
    assert "> 20.0 s" in section([found, ALONE], [], machine="a machine")


def test_the_blocking_design_is_multiplied_openly():
    text = section([GOOD, ALONE], [], machine="a machine")

    assert "8 were measured" in text
    assert "Multiplied, not measured: 10,000 instances take 10,000 worker processes" in text
    assert "120,000 requests a minute" in text


def test_the_picture_is_readable():
    root = ET.fromstring(plot([GOOD, ALONE], ours=[OURS.name]))

    assert len([bar for bar in root.iter() if bar.get("class") == "ours"]) == 3


def test_a_quantile_is_a_value_that_occurred():
    assert [quantile([3, 1, 2, 4], share) for share in (0.5, 0.75, 0.99, 1)] == [2, 3, 4, 4]


def test_a_page_keeps_its_words_and_gets_new_numbers(tmp_path):
    page = tmp_path / "README.md"
    page.write_text("words\n")
    replace_section(page, "old", name="watch")
    replace_section(page, "new", name="watch")

    text = page.read_text()
    assert text.startswith("words\n<!-- written by `make bench-watch` -->")
    assert "old" not in text
    assert text.count("new") == 1
