"""A job that nobody watched: the times of its workers say what held it up."""

from datetime import UTC, datetime

import pytest

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.ended_workers import EndedStage, retried, tail
from odps_bot.diagnosis.finding import Confidence, Kind
from odps_bot.diagnosis.snapshots import Worker

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MILLION = 1_000_000


def stage(*, longest_s=1_200.0, others_s=40.0, records=60 * MILLION, others=2 * MILLION, count=50):
    """Return a stage in which one worker ran longer than the others."""
    known = records is not None
    return EndedStage(
        name="J2_1",
        workers=count,
        began=NOON,
        mean_s=(others_s * (count - 1) + longest_s) / count,
        mean_records=(others * (count - 1) + records) / count if known else None,
        longest=Worker(index=49, age_s=longest_s, input_records=records, log_id="b0Yx"),
    )


@pytest.mark.parametrize(
    ("records", "kind", "confidence"),
    [
        (60 * MILLION, Kind.SKEW, Confidence.SURE),
        (2 * MILLION, Kind.SLOW_WORKER, Confidence.SURE),
        (4 * MILLION, Kind.LONG_TAIL, Confidence.LIKELY),
        (None, Kind.LONG_TAIL, Confidence.LIKELY),
    ],
)
def test_a_worker_that_ran_longest_is_named_with_what_its_records_say(records, kind, confidence):
    found = tail([stage(records=records)], Thresholds())

    assert found is not None
    assert (found.kind, found.confidence) == (kind, confidence)
    assert (found.stage, found.worker, found.log_id) == ("J2_1", 49, "b0Yx")
    assert found.numbers["worker_s"] == 1_200
    assert found.numbers["ended_mean_s"] == pytest.approx(40)


@pytest.mark.parametrize(
    "healthy",
    [
        stage(longest_s=80),
        stage(longest_s=110),
        stage(count=3),
        EndedStage(name="M1", workers=8, began=NOON),
        EndedStage(name="M1", workers=0),
    ],
)
def test_nothing_is_said_of_stages_that_ended_as_they_should(healthy):
    assert tail([healthy], Thresholds()) is None


def test_of_several_stages_the_one_with_the_longest_worker_is_named():
    first, second = stage(longest_s=200), stage(longest_s=1_200)

    found = tail([first, second], Thresholds())

    assert found is not None
    assert found.numbers["worker_s"] == 1_200


@pytest.mark.parametrize(
    ("reruns", "workers", "attempt", "is_found"),
    [(3, 1, 3, True), (3, 3, 1, True), (2, 1, 2, False), (3, 3, 0, True)],
)
def test_workers_that_died_again_and_again_are_named(reruns, workers, attempt, is_found):
    died = EndedStage(
        name="M1",
        workers=20,
        began=NOON,
        reruns=reruns,
        rerun_workers=workers,
        most_rerun=Worker(index=19, attempt=attempt, log_id="b0Yx"),
    )

    found = retried([died], Thresholds())

    assert (found is not None) == is_found
    if found is not None:
        assert (found.kind, found.worker) == (Kind.RETRIES, 19)
