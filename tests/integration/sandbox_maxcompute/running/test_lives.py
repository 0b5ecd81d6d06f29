"""`set sandbox.life=skew;`: an instance lives through a sickness, or looks as if it did."""

import json

import pytest

from odps_bot.sandbox.maxcompute.lives.catalog import LIVES

TASK = "AnonymousSQLTask"
MILLION = 1_000_000


@pytest.fixture
def play(submit):
    """Return a function that submits a statement which plays a life."""

    def play(life, sql="select count(*) from pyodps_iris", **hints):
        renamed = {name.replace("_", "."): value for name, value in hints.items()}
        return submit(f"{sql} /* {life} {hints} */", life=life, **renamed)

    return play


def stages_of(instance):
    return {
        stage.name.split("_job_")[0]: (
            stage.total_workers,
            stage.running_workers,
            stage.terminated_workers,
        )
        for stage in instance.get_task_progress(TASK).stages
    }


def worker_of(instance, name):
    return next(w for w in instance.get_task_workers(TASK) if w.id.endswith(f"/{name}"))


def test_a_skewed_join_looks_the_same_in_all_answers(play, ask, clock):
    instance = play("skew", life_from=20)

    assert ask(instance, "cached")["subStatus"]["code"] == 1240
    assert stages_of(instance) == {}
    clock.turn(15)
    assert stages_of(instance) == {"M1": (40, 40, 0), "J2_1": (50, 0, 0)}
    assert {w.status for w in instance.get_task_workers(TASK) if w.type == "J2_1"} == {"Ready"}
    clock.turn(155.1)
    hot = worker_of(instance, "J2_1#49_0")
    assert ask(instance, "cached")["subStatus"]["code"] == 1042
    assert stages_of(instance) == {"M1": (40, 0, 40), "J2_1": (50, 1, 49)}
    assert (hot.status, hot.end_time) == ("Running", 0)
    assert 6 * MILLION <= hot.input_records < 6.5 * MILLION
    assert hot.input_bytes == 100 * hot.input_records
    assert 119 <= clock.now.timestamp() - hot.start_time <= 123
    other = worker_of(instance, "J2_1#7_0")
    assert (other.status, other.input_records) == ("Terminated", 2 * MILLION)
    assert other.end_time - other.start_time in {39, 40, 41}
    assert "Read from 0 num:6000000 size:600000000\n" in hot.get_log("stdout")


def test_a_life_can_begin_later_and_its_times_are_those_of_the_whole(play, ask, clock):
    instance = play("skew", life_from=600)
    first = ask(instance, "cached")
    clock.turn(60)
    second = ask(instance, "cached")

    assert first["subStatus"] == second["subStatus"]
    assert first["totalCpuUsage"] < second["totalCpuUsage"]
    start = worker_of(instance, "M1#0_0").start_time
    assert 629 <= clock.now.timestamp() - start <= 633


def test_a_quick_life_ends_with_the_result_of_its_statement(play, clock, eventually):
    instance = play("skew", life_speed=100)
    clock.turn(12.5)
    assert not instance.is_terminated()
    clock.turn(1)
    eventually(instance.is_terminated)

    with instance.open_reader(tunnel=True) as reader:
        assert [list(row.values) for row in reader] == [[150]]
    summary = instance.get_task_summary(TASK)
    (join,) = (stage for name, stage in summary["Stages"].items() if name.startswith("J2_1"))
    assert sorted(join["InputRecordCountStats"]["StreamLineRead1"]) == [
        2 * MILLION,
        3_160_000,
        60 * MILLION,
    ]
    assert summary["Inputs"] == {"sandbox.pyodps_iris": [158 * MILLION, 15_800 * MILLION]}


def test_a_quick_life_shows_the_ages_that_it_would_have(play, clock):
    instance = play("skew", life_speed=20)
    clock.turn(9.6)
    hot = worker_of(instance, "J2_1#49_0")

    assert 120 <= clock.now.timestamp() - hot.start_time <= 130


def test_records_can_be_left_out(play):
    instance = play("skew", life_from=200, life_records="false")
    detail = instance.get_task_detail2(TASK)

    assert "J2_1" in json.dumps(detail)
    assert "records" not in json.dumps(detail["mapReduce"]["jobs"])


def test_a_worker_that_dies_is_started_anew(play):
    instance = play("retries", life_from=160)
    ids = [w.id.rpartition("/")[2] for w in instance.get_task_workers(TASK)]
    died = worker_of(instance, "M1#20_1")

    assert [one for one in ids if one.startswith("M1#20_")] == ["M1#20_0", "M1#20_1", "M1#20_2"]
    assert died.status == "Failed"
    assert "OutOfMemory" in died.get_log("stderr")


def test_a_backup_worker_runs_besides(odps, play):
    instance = play("skew_with_backup", life_from=200)
    (_, join) = instance.get_task_progress(TASK).stages

    assert join.backup_workers == 1
    assert join.running_workers == 1
    assert worker_of(instance, "J2_1#49_1").status == "Running"


def test_a_place_in_the_queue_moves_and_its_group_is_full(play, ask, clock):
    instance = play("wait_quota", life_from=40)
    first = ask(instance, "cached")
    group = json.loads(ask(instance, "instancequota", taskname=TASK)["quotaInfos"]["job0"])
    clock.turn(300)
    later = ask(instance, "cached")

    assert (first["waitPos"], first["queueLength"]) == (7, 9)
    assert 1 <= later["waitPos"] < 7
    assert group["GroupRequest"]["CPU"] > group["RuntimeQuota"]["CPU"]


def test_a_fallback_is_in_the_history(play, ask):
    info = ask(play("fallback", life_from=47), "cached")

    codes = [one["code"] for one in info["subStatusHistory"]]
    assert codes == [1051, 1052, 1054, 1050, 1041]
    assert info["subStatus"]["code"] == 1042


def test_a_life_without_an_end_ends_when_it_is_stopped(play, eventually, clock, ask):
    instance = play("no_movement", life_from=100)
    eventually(lambda: stages_of(instance) == {"M1": (8, 1, 7)})
    instance.stop()
    clock.turn(2)
    eventually(instance.is_terminated)

    assert worker_of(instance, "M1#7_0").status == "Interrupted"
    assert instance.get_task_progress(TASK).stages[0].running_workers == 0
    assert ask(instance, "cached") == {}


def test_a_name_that_no_life_has_is_explained(play):
    instance = play("skow")
    instance.wait_for_completion()

    result = instance.get_task_result(TASK)
    assert "sandbox.life has no life skow; did you mean skew?" in result
    assert "There are: complex_plan, " in result


def test_a_statement_with_an_error_fails_at_once_whatever_life_it_asks_for(play, eventually):
    instance = play("skew", sql="select no_such_column from pyodps_iris")
    eventually(instance.is_terminated)

    assert "cannot be resolved" in instance.get_task_result(TASK)


def test_lives_in_the_statement_itself_count_too(odps, eventually):
    instance = odps.run_sql(
        "set sandbox.life=slow-worker; set sandbox.life.from=200; select 1 as a"
    )
    eventually(lambda: stages_of(instance).get("R2_1") == (50, 1, 49))
    instance.stop()


@pytest.mark.parametrize("life", LIVES)
def test_every_life_answers_everything_while_it_runs_and_at_its_end(play, ask, eventually, life):
    for second in (0, 31):
        instance = play(life, life_from=second, life_speed=0.001)
        progress, workers = stages_of(instance), instance.get_task_workers(TASK)
        running = sum(stage[1] for stage in progress.values())

        assert ask(instance, "cached")["cpuUsage"] >= 100 * running
        assert ask(instance, "instancequota", taskname=TASK)
        assert bool(progress) == bool(workers)
        assert len({worker.id for worker in workers}) == len(workers)
    if life in {"no_movement", "computing"}:
        return
    instance = play(life, life_from=3_000)
    eventually(instance.is_terminated)

    assert instance.is_successful()
    assert ask(instance, "cached") == {}
    assert all(total == ended for total, _, ended in stages_of(instance).values())
    assert instance.get_task_summary(TASK)["Stages"]
