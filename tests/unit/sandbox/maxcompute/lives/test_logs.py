from odps_bot.sandbox.maxcompute.lives.catalog import LIVES
from odps_bot.sandbox.maxcompute.lives.life import Life
from odps_bot.sandbox.maxcompute.lives.logs import worker_log


def life(name):
    return Life(LIVES[name].plan())


def test_a_worker_logs_how_much_it_has_read():
    one = life("skew")
    skewed = one.workers("J2_1", 190)[49]

    assert worker_log(one, skewed.log_id, "stdout", 95).splitlines() == [
        "Read from 0 num:500000 size:50000000",
        "Read from 0 num:1000000 size:100000000",
        "Read from 0 num:1250000 size:125000000",
    ]
    assert worker_log(one, skewed.log_id, "stderr", 95) == ""


def test_a_worker_that_stands_still_says_nothing_new():
    one = life("no_movement")
    stuck = one.workers("M1", 100)[7]

    assert worker_log(one, stuck.log_id, "stdout", 60) == worker_log(
        one, stuck.log_id, "stdout", 600
    )


def test_a_dead_worker_left_its_reason():
    one = life("retries")
    dead, alive = one.workers("M1", 100)[20:]

    assert "OutOfMemoryError" in worker_log(one, dead.log_id, "stderr", 100)
    assert worker_log(one, alive.log_id, "stderr", 100) == ""


def test_there_is_no_log_of_a_worker_that_has_not_begun_or_does_not_exist():
    one = life("skew")
    waiting = one.workers("J2_1", 30)[0]

    assert worker_log(one, waiting.log_id, "stdout", 30) is None
    for log_id in ("", "nonsense", "SjJfMSM5OV8w", "é", "/"):
        assert worker_log(one, log_id, "stdout", 100) is None
