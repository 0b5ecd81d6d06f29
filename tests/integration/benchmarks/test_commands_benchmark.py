"""The measurement of acknowledgements and cards, in a size that says nothing about speed."""

from xml.etree import ElementTree as ET

import pytest

from benchmarks.commands.acks import Pace, measure_acks
from benchmarks.commands.cards import Cards, measure_cards
from benchmarks.commands.plot import plot

PACE = Pace(watched=200, per_s=10, span_s=2, bare_span_s=1, warm_up_s=1)


@pytest.fixture(scope="module")
def acks():
    return measure_acks(PACE)


def test_every_command_is_acknowledged_and_every_run_kept(acks):
    assert len(acks.ours) == 20
    assert len(acks.bare) == 10
    assert all(ack.is_in_time for ack in (*acks.ours, *acks.bare))
    assert acks.kept_runs == sum(ack.command == "run" for ack in acks.ours) == 10


def test_the_picture_is_readable(acks):
    root = ET.fromstring(plot(acks))

    assert len([line for line in root.iter() if line.tag.endswith("polyline")]) == 2


def test_last_edits_and_replies_are_told_before_progress():
    # On a busy machine an edit is in hand for seconds.
    told = measure_cards(Cards(live=10, ending=3, before_s=7, after_s=14, in_hand_s=5))

    assert told.untold_finals == 0
    assert len(told.completions_s) == 3
    assert not any(final.overtaken_by for final in told.finals)
