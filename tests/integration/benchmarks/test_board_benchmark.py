"""The measurement of boards, in a size that says nothing about speed."""

from benchmarks.board.measure import Load, measure
from benchmarks.board.report import bars, section

LOAD = Load(
    live=12,
    channels=2,
    boards=2,
    settle_s=10,
    ending_every_s=3,
    burst=2,
    before_burst_s=12,
    after_burst_s=14,
)


def test_boards_and_final_cards_are_shown_and_told_of():
    found = measure(LOAD)

    assert found.boards == 2
    assert found.untold_finals == 0
    assert found.updates_a_minute["boards"] > 0
    assert len(bars(found, LOAD)) == 6
    assert "| the oldest board |" in section(found, found, LOAD, machine="this")
