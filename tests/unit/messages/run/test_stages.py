"""The parts of a run: which are shown, and how far each has got."""

from datetime import UTC, datetime
from typing import Any

import pytest

from odps_bot.messages.run.stages import done_in_words, paragraph, plan
from odps_bot.runs import Run, RunState, Stage, SubInstance


def a_stage(name: str = "M1", *, status: str = "RUNNING", **workers: int) -> Stage:
    counts = {"terminated_workers": 0, "running_workers": 0, "total_workers": 2}
    return Stage(name=name, status=status, progress_percent=0, **{**counts, **workers})


def a_run(*stages: Stage, state: RunState = RunState.RUNNING, **facts: Any) -> Run:
    return Run(
        run_id="0a1b2c",
        name="r42",
        team_id="T1",
        channel_id="C1",
        user_id="U1",
        project="sandbox",
        sql="select 1",
        state=state,
        requested_at=datetime(2026, 11, 22, 12, tzinfo=UTC),
        stages=stages,
        **facts,
    )


def tasks_of(run: Run) -> list[dict[str, Any]]:
    block = plan(run)
    assert block is not None
    tasks: list[dict[str, Any]] = block["tasks"]
    return tasks


@pytest.mark.parametrize(
    ("stage", "status", "title"),
    [
        (a_stage(), "pending", "M1: waiting, 2 workers"),
        (a_stage(total_workers=0), "pending", "M1: waiting"),
        (a_stage(running_workers=1), "in_progress", "M1: 0 of 2 workers done, 1 running"),
        (a_stage(terminated_workers=1), "in_progress", "M1: 1 of 2 workers done"),
        (a_stage(terminated_workers=2), "complete", "M1: done, 2 workers"),
        (a_stage(terminated_workers=1, total_workers=1), "complete", "M1: done, 1 worker"),
        (a_stage(status="FAILED"), "error", "M1: failed, 0 of 2 workers done"),
    ],
)
def test_a_stage_says_in_words_what_its_picture_shows(
    stage: Stage, status: str, title: str
) -> None:
    (task,) = tasks_of(a_run(stage))

    assert (task["status"], task["title"]) == (status, title)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Success", "complete"),
        ("Running", "in_progress"),
        ("Waiting", "pending"),
        ("Failed", "error"),
        ("CANCELLED", "error"),
        ("something new", "in_progress"),
        ("", "in_progress"),
    ],
)
def test_a_job_of_a_flow_shows_its_own_word(word: str, status: str) -> None:
    flow = (SubInstance(name="train", instance_id="20261122", status=word),)
    (task,) = tasks_of(a_run(sub_instances=flow))

    assert task["status"] == status
    assert task["title"] == f"train: {word or 'unknown'}"
    assert "20261122" in str(task["details"])


def test_of_many_stages_those_that_matter_are_shown_in_their_order() -> None:
    done = [a_stage(f"D{n}", terminated_workers=2) for n in range(200)]
    waiting = [a_stage(f"W{n}") for n in range(200)]
    failed, running = a_stage("F", status="FAILED"), a_stage("R", running_workers=1)

    run = a_run(*done, running, *waiting, failed)
    names = [task["title"].partition(":")[0] for task in tasks_of(run)]

    assert names[0] == "R"
    assert names[-1] == "F"
    assert len(names) == 30
    assert done_in_words(run) == "200 of 402 stages done"


def test_one_stage_is_no_plural() -> None:
    step = SubInstance(name="train", instance_id="i", status="Success")

    assert done_in_words(a_run(a_stage("R", running_workers=1))) == "0 of 1 stage done"
    assert done_in_words(a_run(sub_instances=(step,))) == "1 of 1 step done"


def test_the_paragraph_shows_only_what_is_not_done() -> None:
    block = paragraph(a_run(a_stage("D", terminated_workers=2), a_stage("R", running_workers=1)))

    assert block is not None
    assert "`R`" in block["text"]["text"]
    assert "`D`" not in block["text"]["text"]


@pytest.mark.parametrize("state", [state for state in RunState if state.is_final])
def test_of_what_has_ended_only_the_jobs_of_a_flow_are_shown(state: RunState) -> None:
    flow = (SubInstance(name="train", instance_id="i", status="Success"),)

    assert plan(a_run(a_stage(running_workers=1), state=state)) is None
    assert plan(a_run(state=state, sub_instances=flow)) is not None


def test_without_parts_there_is_nothing_to_show() -> None:
    run = a_run()

    assert (plan(run), paragraph(run), done_in_words(run)) == (None, None, "")
