"""Every life shows what its time line says."""

from math import inf

import pytest

from odps_bot.sandbox.maxcompute.lives.catalog import LIVES
from odps_bot.sandbox.maxcompute.lives.life import Life

K, MILLION = 1_000, 1_000_000


def life(name):
    return Life(LIVES[name].plan())


#: Name of the life, second, code, position in the queue.
WAITS = [
    ("wait_framework", 0, 1012, None),
    ("wait_framework", 235, 1012, None),
    ("wait_framework", 240, 1210, None),
    ("wait_quota", 30, 1041, 7),
    ("wait_quota", 425, 1041, 1),
    ("wait_quota", 430, 1042, 0),
    ("no_slots", 30, 1042, 0),
    ("optimizing", 5, 1230, None),
    ("optimizing", 700, 1230, None),
    ("planning", 15, 1235, None),
    ("planning", 75, 1240, None),
    ("replication", 5, 1013, None),
    ("replication", 600, 1013, None),
    ("fallback", 0, 1051, None),
    ("fallback", 10, 1052, 0),
    ("fallback", 30, 1054, None),
    ("fallback", 35, 1050, None),
    ("fallback", 40, 1041, 1),
    ("fallback", 45, 1042, 0),
    ("finishing", 69, 1042, 0),
    ("finishing", 70, 1062, 0),
    ("short_queue", 20, 1041, 3),
    ("complex_plan", 124, 1230, None),
]

#: Name of the life, stage, second, workers in all, running and ended, records in.
STAGES = [
    ("no_slots", "M1", 425, (8, 0, 0), 0),
    ("no_slots", "M1", 430, (8, 8, 0), 0),
    ("starved", "M1", 30, (100, 10, 0), 0),
    ("starved", "M1", 90, (100, 10, 10), 30 * MILLION),
    ("starved", "M1", 330, (100, 10, 50), 150 * MILLION),
    ("starved", "M1", 600, (100, 10, 90), 285 * MILLION),
    ("skew", "J2_1", 1265, (50, 1, 49), 157_750_000),
    ("slow_worker", "R2_1", 110, (50, 1, 49), 98_120_000),
    ("slow_worker", "R2_1", 190, (50, 1, 49), 98_360_000),
    ("expansion", "J2_1", 75, (20, 20, 0), 1 * MILLION),
    ("expansion", "J2_1", 105, (20, 20, 0), 7 * MILLION),
    ("expansion", "J2_1", 200, (20, 20, 0), 26 * MILLION),
    ("too_few", "R2_1", 75, (1, 1, 0), 1 * MILLION),
    ("too_few", "R2_1", 370, (1, 1, 0), 60 * MILLION),
    ("too_few", "R2_1", 1065, (1, 1, 0), 199 * MILLION),
    ("too_many", "M1", 35, (20_000, 400, 400), 8 * MILLION),
    ("too_many", "M1", 95, (20_000, 400, 5_200), 104 * MILLION),
    ("too_many", "M1", 275, (20_000, 400, 19_600), 392 * MILLION),
    ("input_grew", "M1", 100, (8, 8, 0), 28 * MILLION),
    ("input_grew", "M1", 350, (8, 8, 0), 128 * MILLION),
    ("retries", "M1", 95, (21, 21, 0), 65_250_000),
    ("retries", "M1", 155, (21, 1, 20), 80_250_000),
    ("slow_everywhere", "M1", 60, (20, 20, 0), 1_200_000),
    ("slow_everywhere", "M1", 330, (20, 20, 0), 12 * MILLION),
    ("no_movement", "M1", 50, (8, 8, 0), 8 * MILLION),
    ("no_movement", "M1", 70, (8, 1, 7), 15 * MILLION),
    ("no_movement", "M1", 670, (8, 1, 7), 15 * MILLION),
    ("finishing", "M1", 70, (8, 0, 8), 16 * MILLION),
    ("ramp_up", "M1", 30, (100, 10, 0), 0),
    ("ramp_up", "M1", 80, (100, 60, 0), 86_250_000),
    ("waits_for_data", "M1", 600, (20, 20, 0), 570 * MILLION),
    ("waits_for_data", "R2_1", 600, (200, 0, 0), 0),
    ("waits_for_data", "R2_1", 630, (200, 200, 0), 0),
    ("waves", "M1", 80, (60, 20, 20), 50 * MILLION),
    ("late_records", "M1", 509, (30, 30, 0), 0),
    ("late_records", "M1", 510, (30, 0, 30), 720 * MILLION),
]

ENDS = {
    "wait_framework": 305,
    "wait_quota": 470,
    "no_slots": 470,
    "starved": 630,
    "optimizing": 750,
    "planning": 415,
    "replication": 670,
    "skew": 1270,
    "slow_worker": 70 + 2_000 / 3,
    "expansion": 270,
    "too_few": 1070,
    "too_many": 280,
    "input_grew": 430,
    "retries": 290,
    "slow_everywhere": 1030,
    "no_movement": inf,
    "computing": inf,
    "fallback": 85,
    "finishing": 470,
}


@pytest.mark.parametrize(("name", "seconds", "code", "position"), WAITS)
def test_sub_statuses_follow_their_time_lines(name, seconds, code, position):
    moment = life(name).at(seconds)

    assert (moment.sub_status.code, moment.queue_position) == (code, position)
    assert moment.sub_status.since_s <= seconds


@pytest.mark.parametrize(("name", "stage", "seconds", "workers", "records"), STAGES)
def test_stages_follow_their_time_lines(name, stage, seconds, workers, records):
    (found,) = [one for one in life(name).at(seconds).stages if one.name == stage]

    assert (found.total, found.running, found.ended) == workers
    assert found.input_records == records


@pytest.mark.parametrize("name", ENDS)
def test_lives_end_when_they_should(name):
    assert life(name).ends_s == pytest.approx(ENDS[name])


@pytest.mark.parametrize("name", LIVES)
def test_the_workers_of_a_stage_are_those_that_it_counts(name):
    one = life(name)

    for seconds in (31, 75, 95, 200, 500):
        for stage in one.at(seconds).stages:
            workers = one.workers(stage.name, seconds)
            states = [worker.status for worker in workers]
            assert states.count("Running") == stage.running + stage.backups
            assert states.count("Terminated") == stage.ended
            assert len({worker.index for worker in workers}) == stage.total


def test_a_join_that_expands_writes_400_rows_for_each_that_it_reads():
    (_, join) = life("expansion").at(105).stages

    assert join.output_records == 2_800 * MILLION


def test_history_tells_a_fallback():
    assert [one.code for one in life("fallback").at(50).history] == [1051, 1052, 1054, 1050, 1041]


def test_a_worker_that_dies_is_started_anew_and_its_failed_attempts_stay():
    one = life("retries")

    assert [(w.attempt, w.status, w.input_records) for w in one.workers("M1", 95)[20:]] == [
        (0, "Failed", 3 * MILLION),
        (1, "Running", 250 * K),
    ]
    assert [(w.attempt, w.status) for w in one.workers("M1", 290)[20:]] == [
        (0, "Failed"),
        (1, "Failed"),
        (2, "Failed"),
        (3, "Terminated"),
    ]


def test_only_a_worker_that_computes_uses_the_processor():
    still, computing = life("no_movement"), life("computing")

    assert still.at(150).total_cpu == still.at(670).total_cpu == 30_000
    assert computing.at(670).total_cpu - computing.at(150).total_cpu == 52_000


def test_a_busy_quota_group_says_who_is_short():
    group = life("starved").at(100).group

    assert (group.requested_cpu, group.usable_cpu, group.used_cpu) == (199_000, 67_200, 65_000)
    assert life("wait_quota").at(30).group.tasks_ahead == 6
