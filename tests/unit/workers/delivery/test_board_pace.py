"""When a board is updated: often enough to be fresh, and seldom enough for everybody else."""

from datetime import UTC, datetime, timedelta

import pytest

from odps_bot.store.boards import Board
from odps_bot.store.rate_limits import UPDATE_LIMIT
from workers.delivery import board_pace as pace

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def a_board(**facts):
    usual = {"team_id": "T1", "channel_id": "C1", "user_id": "U1", "created_at": NOON}
    return Board(**{**usual, "interaction_id": "a", "shown_at": NOON, "shown": "x", **facts})


def after(board, **facts):
    found = pace.next_update(board, **facts)
    return None if found is None else (found - NOON).total_seconds()


def test_a_board_that_was_never_shown_is_updated_at_once():
    assert pace.next_update(a_board(shown_at=None), is_changed=True, active_boards=1) is None


def test_a_board_alone_is_updated_every_15_seconds_if_something_changes():
    assert after(a_board(), is_changed=True, active_boards=1) == 15


def test_the_time_of_an_unchanged_board_is_written_again_after_20_seconds():
    assert after(a_board(), is_changed=False, active_boards=1) == 20


@pytest.mark.parametrize("active", range(1, 30))
def test_boards_leave_18_updates_a_minute_to_cards(active):
    per_s = active / pace.interval(active).total_seconds()

    assert 60 * (UPDATE_LIMIT.per_second - per_s) >= 18 - 1e-6


@pytest.mark.parametrize("active", range(1, 11))
def test_ten_boards_are_updated_before_any_is_30_seconds_old(active):
    latest = max(pace.interval(active), pace.STAMP_INTERVAL)

    assert latest + pace.CHECK_INTERVAL <= timedelta(seconds=30)


def test_a_run_on_an_idle_board_does_not_wait():
    idle = a_board(idle_since=NOON)

    assert pace.next_update(idle, is_changed=True, active_boards=10) is None


@pytest.mark.parametrize("seconds", [9, 15, 17, 19])
def test_a_board_is_looked_at_before_its_time_is_too_old(seconds):
    now = NOON + timedelta(seconds=seconds)
    check = pace.next_check(a_board(), now=now, active_boards=1)

    assert now < check <= NOON + timedelta(seconds=20)


def test_a_board_ends_after_a_day_without_runs():
    idle = a_board(idle_since=NOON)

    assert not pace.is_over(idle, now=NOON + timedelta(hours=23))
    assert pace.is_over(idle, now=NOON + timedelta(days=1))


def test_boards_that_were_updated_together_are_not_updated_together_again():
    planned = []
    for _ in range(10):
        planned.append(pace.next_slot(NOON, planned, active_boards=10))
    seconds = sorted((one - NOON).total_seconds() for one in planned)

    assert seconds[0] >= 15
    assert seconds[-1] <= 20
    assert len(set(seconds)) == 10


def test_a_board_alone_keeps_its_pace():
    assert pace.next_slot(NOON, [], active_boards=1) == NOON + timedelta(seconds=15)
