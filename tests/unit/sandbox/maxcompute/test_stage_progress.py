import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.sandbox.maxcompute.engine.dialect import MaxCompute
from odps_bot.sandbox.maxcompute.engine.stages import Stage, plan_stages
from odps_bot.sandbox.maxcompute.progress import (
    RunTimes,
    TaskStatus,
    fraction_done,
    stage_progress,
    usual_log,
)

STAGES = (Stage("M", 1, (), 17, 1_000_000), Stage("R", 2, (1,), 6, 1_000_000))


def names(sql):
    tree = sqlglot.parse_one(sql, read=MaxCompute)
    stages = plan_stages(tree, lambda table: 1_000_000)
    return [stage.plain_name for stage in stages]


def progress(fraction, status=TaskStatus.RUNNING, **times):
    return stage_progress(
        STAGES, fraction=fraction, status=status, output_records=8, times=RunTimes(**times)
    )


def shown(fraction, status=TaskStatus.RUNNING):
    return [one.stage for one in progress(fraction, status)]


def test_a_query_is_planned_in_stages():
    assert names("select * from t") == ["M1"]
    assert names("select a, count(*) from t group by a") == ["M1", "R2_1"]
    assert names("select a from t order by a") == ["M1", "R2_1"]
    assert names("select * from t join u on t.a = u.a") == ["M1", "M2", "J3_1_2"]
    assert names("select t.a, count(*) from t join u on t.a = u.a group by t.a order by t.a") == [
        "M1",
        "M2",
        "J3_1_2",
        "R4_3",
        "R5_4",
    ]


def test_a_common_table_is_computed_once():
    assert names(
        "with x as (select a from t group by a) select * from x join x y on x.a = y.a"
    ) == [
        "M1",
        "R2_1",
        "J3_2",
    ]


def test_stages_run_one_after_the_other():
    first, second = shown(0.25)

    assert (first.status, first.ended, first.running) == ("RUNNING", 8, 9)
    assert (second.status, second.percentage) == ("WAITING", 0)
    assert [stage.percentage for stage in shown(0.75)] == [100, 50]


def test_workers_of_a_stage_begin_together_and_end_one_by_one():
    first, second = progress(0.25, began_s=10, takes_s=340)

    assert {worker.starts_s for worker in first.workers} == {10}
    assert [worker.ends_s for worker in first.workers[:8]] == [20, 30, 40, 50, 60, 70, 80, 90]
    assert {worker.ends_s for worker in first.workers[8:]} == {None}
    assert {(worker.status, worker.starts_s) for worker in second.workers} == {("Ready", None)}


def test_records_of_a_stage_are_those_of_its_workers():
    done = progress(1)

    for stage, planned in zip(done, STAGES, strict=True):
        assert sum(worker.input_records for worker in stage.workers) == planned.input_records
        assert stage.stage.input_records == planned.input_records
    assert sum(worker.output_records for worker in done[-1].workers) == 8


def test_a_worker_logs_every_ten_seconds_what_it_has_read():
    worker = progress(0.25, began_s=0, takes_s=340)[0].workers[1]

    assert usual_log(worker, "stdout", 85).splitlines() == [
        "Read from 0 num:19608 size:549024",
        "Read from 0 num:39216 size:1098048",
        "Read from 0 num:58824 size:1647072",
    ]
    assert usual_log(worker, "stderr", 85) == ""


def test_a_successful_instance_has_complete_stages():
    done = shown(0.1, TaskStatus.SUCCESS)

    assert {stage.status for stage in done} == {"TERMINATED"}
    assert {stage.percentage for stage in done} == {100}
    assert done[-1].output_records == 8


def test_incomplete_stages_of_a_failure_are_marked():
    first, second = shown(0.75, TaskStatus.FAILED)

    assert (first.status, second.status) == ("TERMINATED", "FAILED")
    assert second.running == 0
    workers = [worker.status for worker in progress(0.75, TaskStatus.FAILED)[1].workers]
    assert workers == ["Terminated"] * 3 + ["Failed"] * 3


def test_a_running_engine_keeps_the_last_stage_open():
    fraction = fraction_done(elapsed=99, expected=3, is_engine_done=False)

    assert shown(fraction)[-1].status == "RUNNING"
    assert fraction_done(elapsed=99, expected=3, is_engine_done=True) == 1


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from(TaskStatus))
def test_progress_never_decreases_and_workers_add_up(one, other, status):
    before, after = shown(min(one, other), status), shown(max(one, other), status)

    for stage in before + after:
        assert 0 <= stage.running + stage.ended <= stage.total
        assert 0 <= stage.percentage <= 100
    assert all(a.percentage <= b.percentage for a, b in zip(before, after, strict=True))
