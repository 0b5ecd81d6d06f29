"""The life of a skewed join, second by second."""

import pytest

from odps_bot.sandbox.maxcompute.lives.catalog import LIVES
from odps_bot.sandbox.maxcompute.lives.life import Life
from odps_bot.sandbox.maxcompute.lives.moment import Worker

MILLION = 1_000_000


@pytest.fixture
def life():
    return Life(LIVES["skew"].plan())


@pytest.mark.parametrize(
    ("seconds", "total_cpu", "scan", "join"),
    [
        (30, 0, (40, 40, 0, 0), (50, 0, 0, 0)),
        (70, 160_000, (40, 0, 40, 158), (50, 50, 0, 0)),
        (90, 260_000, (40, 0, 40, 158), (50, 50, 0, 50)),
        (110, 360_000, (40, 0, 40, 158), (50, 1, 49, 100)),
        (150, 364_000, (40, 0, 40, 158), (50, 1, 49, 102)),
        (190, 368_000, (40, 0, 40, 158), (50, 1, 49, 104)),
        (1270, 476_000, (40, 0, 40, 158), (50, 0, 50, 158)),
    ],
)
def test_a_skewed_join_shows_its_stages(life, seconds, total_cpu, scan, join):
    moment = life.at(seconds)

    assert moment.total_cpu == total_cpu
    assert [
        (stage.total, stage.running, stage.ended, stage.input_records // MILLION)
        for stage in moment.stages
    ] == [scan, join]
    assert all(stage.output_records == stage.input_records for stage in moment.stages)
    assert moment.queue_position == 0


def test_before_the_run_there_are_no_stages(life):
    moment = life.at(20)

    assert (moment.sub_status.code, moment.sub_status.since_s) == (1240, 20)
    assert [(one.code, one.since_s) for one in moment.history] == [(1010, 0), (1210, 5), (1230, 10)]
    assert moment.queue_position is None
    assert moment.stages == ()


def test_the_skewed_worker_goes_on_when_the_others_have_ended(life):
    *others, skewed = life.workers("J2_1", 190)

    assert skewed == Worker(
        index=49,
        attempt=0,
        status="Running",
        starts_s=70,
        ends_s=None,
        input_records=6 * MILLION,
        output_records=6 * MILLION,
        record_bytes=100,
        log_id=skewed.log_id,
    )
    assert skewed.input_bytes == 600 * MILLION
    assert {(one.status, one.starts_s, one.ends_s, one.input_records) for one in others} == {
        ("Terminated", 70, 110, 2 * MILLION)
    }


def test_workers_that_have_not_begun_are_ready(life):
    assert {(one.status, one.starts_s) for one in life.workers("J2_1", 30)} == {("Ready", None)}


def test_it_ends_when_the_skewed_worker_does(life):
    assert not life.at(1269).is_ended
    assert life.at(1270).is_ended
    assert life.workers("J2_1", 1270)[49].input_records == 60 * MILLION


def test_a_backup_runs_beside_the_skewed_worker():
    life = Life(LIVES["skew_with_backup"].plan())

    (join,) = [stage for stage in life.at(150).stages if stage.name == "J2_1"]
    assert (join.running, join.backups, join.input_records) == (1, 1, 102 * MILLION)
    assert [
        (one.attempt, one.status, one.starts_s, one.input_records)
        for one in life.workers("J2_1", 150)[49:]
    ] == [(0, "Running", 70, 4 * MILLION), (1, "Running", 140, MILLION // 2)]
    assert [one.status for one in life.workers("J2_1", 1270)[49:]] == ["Terminated", "Interrupted"]
