"""One figure for how far a job has got, and what counts as waiting."""

from collections.abc import Callable

import pytest

from odps_bot.runs import Run, RunState, Stage, SubInstance
from odps_bot.runs.progress import (
    has_begun,
    is_wait,
    overall_progress_percent,
    percent,
    progress_percent_of,
)

MakeRun = Callable[..., Run]


def stage(name: str = "M1", *, done: int = 0, of: int = 1) -> Stage:
    return Stage(
        name=name,
        status="RUNNING",
        terminated_workers=done,
        running_workers=0,
        total_workers=of,
        progress_percent=0,
    )


@pytest.mark.parametrize(
    ("stages", "percentage"),
    [
        ((), 0),
        ((stage(of=0),), 0),
        ((stage(done=1, of=3),), 33),
        ((stage(done=3, of=3), stage("R2", done=0, of=1)), 75),
        ((stage(done=999, of=1000),), 99),
        ((stage(done=1, of=1), stage("R2", done=1, of=1)), 100),
        ((stage(done=9, of=3),), 100),
    ],
)
def test_the_percentage_is_that_of_finished_workers(
    stages: tuple[Stage, ...], percentage: int
) -> None:
    assert overall_progress_percent(stages) == percentage


@pytest.mark.parametrize(
    ("fraction", "shown"), [(None, 0), (0.0, 0), (0.239, 23), (1.0, 100), (7.0, 100), (-1.0, 0)]
)
def test_the_schedulers_figure_is_in_percent(fraction: float | None, shown: int) -> None:
    assert percent(fraction) == shown


@pytest.mark.parametrize(
    ("state", "facts", "shown"),
    [
        (RunState.RUNNING, {"stages": (stage(),)}, 0),
        (RunState.RUNNING, {"progress_percent": 24}, 24),
        (RunState.STOPPING, {"progress_percent": 24}, 24),
        (RunState.RUNNING, {"is_executing": True}, None),
        (RunState.RUNNING, {"queue_position": 3}, None),
        (RunState.SUCCEEDED, {"stages": (stage(),), "progress_percent": 24}, None),
        (RunState.QUEUED, {}, None),
    ],
)
def test_a_run_has_a_figure_once_somebody_tells_and_none_at_its_end(
    make_run: MakeRun, state: RunState, facts: dict[str, object], shown: int | None
) -> None:
    assert progress_percent_of(make_run(state=state, **facts)) == shown


def test_an_instance_has_begun_with_its_first_sign_of_work(make_run: MakeRun) -> None:
    step = SubInstance(name="train", instance_id="20261122120002345gx", status="Running")

    assert not has_begun(make_run(state=RunState.RUNNING, queue_status="Waiting List: 3"))
    assert has_begun(make_run(state=RunState.RUNNING, sub_instances=(step,)))
    assert has_begun(make_run(state=RunState.RUNNING, stages=(stage(),)))
    assert has_begun(make_run(state=RunState.RUNNING, is_executing=True))


@pytest.mark.parametrize(
    ("words", "waits"),
    [
        ("Waiting for scheduling", True),
        ("Waiting for cluster resource", True),
        ("Waiting for concurrent task slot", True),
        ("Offline Job Waiting for running", True),
        ("Online Job Waiting for running", True),
        ("SQLTask is generating execution plan", True),
        ("Task rerun", True),
        ("Offline Job is running", False),
        ("Online Job is running", False),
        ("Task is executing", False),
        ("SQLTask is updating meta information", False),
        ("SQLTask is finishing", False),
        ("Task key-path executing finished", False),
        ("Offline Job is succeed by fuxi", False),
        ("Waiting List: 3", True),
        ("Waiting for running slots", True),
        ("SQLTask is optimizing query", True),
        ("Running", False),
        (" running ", False),
        ("SQLTask is running", False),
        ("Cancelling", False),
        ("", False),
        (None, False),
    ],
)
def test_running_is_no_reason_to_wait(words: str | None, waits: bool) -> None:
    assert is_wait(words) is waits
