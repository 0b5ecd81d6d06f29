from odps_bot.sandbox.maxcompute.lives.catalog import LIVES
from odps_bot.sandbox.maxcompute.lives.noise import noisy

SKEW = LIVES["skew"].plan()


def test_noise_is_the_same_for_the_same_seed():
    assert noisy(SKEW, seed=1, sigma=0.2) == noisy(SKEW, seed=1, sigma=0.2)
    assert noisy(SKEW, seed=1, sigma=0.2) != noisy(SKEW, seed=2, sigma=0.2)


def test_without_spread_nothing_changes():
    assert noisy(SKEW, seed=1, sigma=0) == SKEW


def test_a_stage_still_reads_what_the_one_before_writes():
    scan, join = noisy(SKEW, seed=1, sigma=0.3).stages

    assert round(scan.records * scan.output_ratio) == join.records
