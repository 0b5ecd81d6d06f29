"""Whose end is waited for, and how many requests that takes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from odps_bot.runs import Run, RunState
from odps_bot.runs.holding import is_wanted, places
from odps_bot.runs.run import Missing, UnreadEnd

MakeRun = Callable[..., Run]

ID = "20261122120000000g1"


@pytest.mark.parametrize(
    ("facts", "seconds", "expected"),
    [
        ({}, 0, True),
        ({}, 119, True),
        ({}, 120, False),
        ({"state": RunState.STOPPING}, 5, True),
        ({"state": RunState.SUCCEEDED}, 5, False),
        ({"state": RunState.SUBMITTING, "instance_id": None}, 5, False),
        ({"tracked_instance_id": ID}, 5, False),
    ],
)
def test_young_runs_of_people_are_waited_for(
    make_run: MakeRun, noon: datetime, facts: dict[str, Any], seconds: int, expected: bool
) -> None:
    usual = {"state": RunState.RUNNING, "instance_id": ID, "started_at": noon}
    run = make_run(**{**usual, **facts})

    assert is_wanted(run, noon + timedelta(seconds=seconds)) is expected


def test_nobody_waits_while_maxcompute_tells_nothing(make_run: MakeRun, noon: datetime) -> None:
    silent = {"unreachable_since": noon}
    missing = {"missing": Missing(since=noon, polls=1)}
    unread = {"unread_end": UnreadEnd(since=noon, polls=1, state=RunState.SUCCEEDED, ended_at=noon)}

    for trouble in (silent, missing, unread):
        run = make_run(state=RunState.RUNNING, instance_id=ID, started_at=noon, **trouble)
        assert not is_wanted(run, noon)


@pytest.mark.parametrize(
    ("wanted", "per_second", "expected"),
    [(16, 50, 16), (64, 50, 62), (64, 1_000, 64), (16, 4, 5), (16, 0.1, 1)],
)
def test_held_requests_leave_most_of_the_rate_to_others(
    wanted: int, per_second: float, expected: int
) -> None:
    assert places(wanted, requests_per_second=per_second) == expected
