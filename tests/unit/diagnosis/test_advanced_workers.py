"""Between two tellings workers grow older and read on, as progress shows it."""

import pytest

from odps_bot.diagnosis.advanced_workers import workers_now
from odps_bot.diagnosis.holds import filled
from odps_bot.diagnosis.snapshots import Worker, Workers
from tests.unit.diagnosis.seen_lives import Seen, stage


def tail(running=1, **more):
    oldest = Worker(index=3, age_s=40, input_records=2_000)
    return Workers(
        ended=3,
        running=running,
        ended_mean_s=40,
        mean_records=2_000,
        max_records=2_000,
        mean_records_without_oldest=2_000,
        oldest=oldest,
        heaviest=oldest,
        youngest_age_s=40,
        running_s=40 * running,
        running_records=2_000 * running,
        **more,
    )


def at_first(**numbers):
    return stage(total=4, running=1, ended=3, input_records=8_000, workers=tail(), **numbers)


def later(running=1, ended=3, read=5_000, **numbers):
    return stage(total=4, running=running, ended=ended, input_records=8_000 + read, **numbers)


def test_the_only_running_worker_has_read_all_that_came_since():
    now = workers_now(at_first(), later(), 60)

    assert (now.oldest.age_s, now.oldest.input_records) == (100, 7_000)
    assert (now.heaviest.input_records, now.max_records) == (7_000, 7_000)
    assert (now.running_s, now.running_records, now.youngest_age_s) == (100, 7_000, 100)
    assert now.mean_records == pytest.approx(3_250)
    assert now.mean_records_without_oldest == pytest.approx(2_000)
    assert (now.ended, now.ended_mean_s) == (3, 40)


@pytest.mark.parametrize(
    "now", [later(running=0, ended=4), later(running=2), later(read=-500), stage(total=4)]
)
def test_workers_stay_as_they_were_told_when_others_run_or_one_began_anew(now):
    assert workers_now(at_first(), now, 60) == tail()


def test_without_records_they_only_grow_older():
    told = stage(
        total=4,
        running=1,
        ended=3,
        input_records=8_000,
        workers=Workers(ended=3, running=1, oldest=Worker(index=3, age_s=40), running_s=40),
    )

    now = workers_now(told, later(), 60)

    assert (now.oldest.age_s, now.oldest.input_records) == (100, None)
    assert (now.running_records, now.mean_records) == (None, None)


@pytest.mark.parametrize("name", ["skew", "slow_worker", "slow_everywhere"])
def test_it_comes_to_what_they_would_have_told(name):
    seen = Seen(name)
    rows = [seen.snapshot(t, with_workers=t == 120) for t in range(120, 180, 10)]

    guessed = filled(rows)[-1].stages[-1].workers
    told = seen.snapshot(170).stages[-1].workers

    assert guessed.oldest.age_s == pytest.approx(told.oldest.age_s)
    for field in ("mean_records", "running_records", "mean_records_without_oldest"):
        assert getattr(guessed, field) == pytest.approx(getattr(told, field), rel=0.01)
    assert guessed.oldest.input_records == pytest.approx(told.oldest.input_records, rel=0.01)
