"""When a run is polled again, and which milestones are recorded."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from odps_bot.messages.run.outcomes import milestone_in_words
from odps_bot.runs import Milestone, MilestoneCode, Run, RunState, Stage
from odps_bot.runs.polling import (
    is_early,
    is_poll_scheduled,
    is_stop_due,
    pause_before_poll,
    relies_on_sweeps,
    stage_milestones,
    with_milestones,
)

MakeRun = Callable[..., Run]

SECOND = timedelta(seconds=1)


def stage(name: str = "M1", *, done: int = 0, running: int = 0, of: int = 1, **facts: str) -> Stage:
    return Stage(
        name=name,
        status=facts.get("status", "RUNNING"),
        terminated_workers=done,
        running_workers=running,
        total_workers=of,
        progress_percent=0,
    )


def test_polls_get_rarer_up_to_half_a_minute(make_run: MakeRun, noon: datetime) -> None:
    run = make_run(state=RunState.RUNNING, started_at=noon)
    ages = [timedelta(seconds=s) for s in (0, 5, 30, 60, 299, 300, 3_600, 10**7)]

    pauses = [pause_before_poll(run, noon + age).total_seconds() for age in ages]

    assert pauses == pytest.approx([1, 1, 3, 6, 29.9, 30, 30, 30])


def test_a_run_that_sweeps_watch_is_polled_hourly_once_polls_are_as_rare_as_sweeps(
    make_run: MakeRun, noon: datetime
) -> None:
    run = make_run(state=RunState.RUNNING, started_at=noon)
    ages = [timedelta(seconds=s) for s in (10, 49, 50, 3_600)]

    pauses = [pause_before_poll(run, noon + age, is_swept=True).total_seconds() for age in ages]

    assert pauses == pytest.approx([1, 4.9, 3_600, 3_600])


@pytest.mark.parametrize(
    ("watched", "hours"), [(3_600, 1), (7_200, 2), (10_000, 2.778), (100_000, 24)]
)
def test_thousands_that_sweeps_watch_are_polled_for_safety_one_a_second_or_daily(
    make_run: MakeRun, noon: datetime, watched: int, hours: float
) -> None:
    run = make_run(state=RunState.RUNNING, started_at=noon)

    pause = pause_before_poll(run, noon + timedelta(hours=1), is_swept=True, watched=watched)

    assert pause.total_seconds() / 3_600 == pytest.approx(hours, abs=0.001)


@pytest.mark.parametrize(
    ("seconds_ahead", "is_scheduled"), [(1, False), (1.1, True), (20, True), (20.1, False)]
)
def test_a_scheduled_poll_will_do_when_it_is_neither_now_nor_later_than_two_pauses(
    make_run: MakeRun, noon: datetime, seconds_ahead: float, is_scheduled: bool
) -> None:
    run = make_run(next_poll_at=noon + timedelta(seconds=seconds_ahead))

    assert is_poll_scheduled(run, noon, timedelta(seconds=10)) is is_scheduled


def test_the_age_of_a_run_counts_from_its_start(make_run: MakeRun, noon: datetime) -> None:
    waited_long = make_run(state=RunState.RUNNING, started_at=noon + timedelta(hours=1))

    assert pause_before_poll(waited_long, noon + timedelta(hours=1, seconds=5)) == SECOND


def test_a_clock_that_goes_back_does_not_stop_the_polls(make_run: MakeRun, noon: datetime) -> None:
    run = make_run(state=RunState.RUNNING, started_at=noon)

    assert pause_before_poll(run, noon - timedelta(hours=1)) == SECOND


@pytest.mark.parametrize(
    ("seconds_before", "expected"), [(30, True), (1.1, True), (0.9, False), (0, False), (-5, False)]
)
def test_a_poll_is_one_too_many_when_the_next_one_is_scheduled(
    make_run: MakeRun, noon: datetime, seconds_before: float, expected: bool
) -> None:
    run = make_run(next_poll_at=noon)

    assert is_early(run, noon - timedelta(seconds=seconds_before)) is expected


@pytest.mark.parametrize(("seconds", "expected"), [(60, False), (61, True), (3_600, True)])
def test_a_run_relies_on_sweeps_when_its_own_poll_is_more_than_a_minute_ahead(
    make_run: MakeRun, noon: datetime, seconds: int, expected: bool
) -> None:
    run = make_run(next_poll_at=noon + seconds * SECOND)

    assert relies_on_sweeps(run, noon) is expected
    assert not relies_on_sweeps(make_run(), noon)


def test_a_run_without_a_scheduled_poll_is_never_early(make_run: MakeRun, noon: datetime) -> None:
    assert not is_early(make_run(), noon)


def test_a_poll_with_a_stop_to_send_is_never_early(make_run: MakeRun, noon: datetime) -> None:
    scheduled = {"state": RunState.STOPPING, "next_poll_at": noon + timedelta(hours=1)}

    assert not is_early(make_run(**scheduled), noon)
    assert is_early(make_run(**scheduled, is_stop_sent=True), noon)


def test_a_stop_that_failed_is_retried_soon_however_long_the_run_goes_on(
    make_run: MakeRun, noon: datetime
) -> None:
    run = make_run(
        state=RunState.STOPPING, started_at=noon - timedelta(days=3), stop_requested_at=noon
    )
    moments = [timedelta(seconds=s) for s in (0, 2, 10, 100, 3_600)]

    pauses = [pause_before_poll(run, noon + at, is_swept=True).total_seconds() for at in moments]

    assert pauses == pytest.approx([1, 1, 1, 10, 30])


def test_a_stop_waits_as_long_as_maxcompute_asked_but_no_poll_does(
    make_run: MakeRun, noon: datetime
) -> None:
    stopping = {"state": RunState.STOPPING, "stop_requested_at": noon}
    throttled = stopping | {"stop_retry_at": noon + timedelta(seconds=20)}
    young = make_run(**throttled, started_at=noon)
    old = make_run(**throttled, started_at=noon - timedelta(days=3))

    assert pause_before_poll(young, noon, is_swept=False) == SECOND
    assert pause_before_poll(old, noon, is_swept=True) == timedelta(seconds=20)
    assert not is_stop_due(old, noon + timedelta(seconds=19))
    assert is_stop_due(old, noon + timedelta(seconds=20))
    assert is_stop_due(make_run(**stopping), noon)
    assert not is_stop_due(make_run(**stopping, is_stop_sent=True), noon)


@pytest.mark.parametrize(
    ("before", "after", "texts"),
    [
        pytest.param((), (stage(of=3),), [], id="waiting is nothing"),
        pytest.param(
            (), (stage(running=1, of=1),), ["M1 started with 1 worker"], id="the first stage starts"
        ),
        pytest.param(
            (stage(of=1234),),
            (stage(running=2, of=1234),),
            ["M1 started with 1,234 workers"],
            id="a known stage starts",
        ),
        pytest.param(
            (stage(running=1, of=2),), (stage(running=2, of=2),), [], id="more workers are nothing"
        ),
        pytest.param((stage(running=1),), (stage(done=1),), ["M1 finished"], id="a stage finishes"),
        pytest.param(
            (),
            (stage(done=1),),
            ["M1 started with 1 worker", "M1 finished"],
            id="a stage that came and went between two polls",
        ),
        pytest.param((stage(done=1),), (stage(done=1),), [], id="nothing is said twice"),
        pytest.param(
            (stage(running=1),),
            (stage(running=1, status="FAILED"),),
            ["M1 failed"],
            id="a stage fails",
        ),
        pytest.param(
            (stage(done=1),),
            (stage(done=1), stage("R2", running=1)),
            ["R2 started with 1 worker"],
            id="the next stage",
        ),
        pytest.param((stage(done=1),), (), [], id="stages that are told no more"),
    ],
)
def test_milestones_tell_what_happened_between_two_polls(
    noon: datetime, before: tuple[Stage, ...], after: tuple[Stage, ...], texts: list[str]
) -> None:
    happened = stage_milestones(before, after, at=noon)

    assert [milestone_in_words(milestone) for milestone in happened] == texts
    assert all(milestone.at == noon for milestone in happened)


def test_the_thread_keeps_the_newest_milestones(noon: datetime) -> None:
    many = tuple(
        Milestone(at=noon, code=MilestoneCode.STAGE_FINISHED, detail=str(n)) for n in range(100)
    )

    kept = with_milestones(
        many, (Milestone(at=noon, code=MilestoneCode.STAGE_FINISHED, detail="newest"),)
    )

    assert len(kept) == 30
    assert kept[-1].detail == "newest"
    assert kept[0].detail == "71"


def test_a_run_whose_end_is_waited_for_is_polled_for_its_progress(
    make_run: MakeRun, noon: datetime
) -> None:
    run = make_run(state=RunState.RUNNING, started_at=noon)
    ages = [timedelta(seconds=s) for s in (0, 30, 60, 110)]

    pauses = [pause_before_poll(run, noon + age, is_held=True).total_seconds() for age in ages]

    assert pauses == pytest.approx([5, 5, 6, 11])


def test_a_young_run_whose_end_is_waited_for_is_polled_though_sweeps_watch_it(
    make_run: MakeRun, noon: datetime
) -> None:
    run = make_run(state=RunState.RUNNING, started_at=noon)
    ages = [timedelta(seconds=s) for s in (1, 49, 50)]

    pauses = [
        pause_before_poll(run, noon + age, is_held=True, is_swept=True).total_seconds()
        for age in ages
    ]

    assert pauses == pytest.approx([5, 5, 3_600])


def test_waiting_for_the_end_of_a_run_does_not_delay_its_stop(
    make_run: MakeRun, noon: datetime
) -> None:
    stopping = make_run(state=RunState.STOPPING, started_at=noon, stop_requested_at=noon)

    assert pause_before_poll(stopping, noon, is_held=True) == SECOND
