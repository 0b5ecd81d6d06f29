from odps_bot.sandbox.maxcompute.lives.catalog import LIVES
from odps_bot.sandbox.maxcompute.lives.life import Life
from odps_bot.sandbox.maxcompute.lives.summary import Records, stage_summaries

MILLION = 1_000_000


def test_the_summary_of_a_skewed_join_shows_the_skew():
    scan, join = stage_summaries(Life(LIVES["skew"].plan()))

    assert (join.name, join.workers) == ("J2_1", 50)
    assert join.read == Records(158 * MILLION, 2 * MILLION, 60 * MILLION)
    assert join.read.mean(50) == 3_160_000
    assert scan.written.total == join.read.total
