"""What is kept of the last minutes of an instance: all times of change, and little besides."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from odps_bot.diagnosis.recent_snapshots import (
    DENSE_FOR,
    DISTANCE,
    KEPT_FOR,
    MOST_BYTES,
    WORKERS_KEPT_FOR,
    added,
    decoded,
    encoded,
    has_workers,
    thinned,
)
from odps_bot.diagnosis.snapshots import Snapshot, Stage, SubStatus, Worker, Workers

SECOND = timedelta(seconds=1)


def skewed(
    at: datetime, age_s: float, *, is_with_workers: bool = False, stages: int = 2
) -> Snapshot:
    """Return what a job looks like of whose last stage one worker has most of the data."""
    is_tail = age_s > 110
    workers = Workers(
        ended=49,
        running=1,
        ended_mean_s=40.3,
        ended_mean_bytes=2.1e8,
        mean_records=2_000_000.7,
        max_records=int(50_000 * age_s),
        mean_records_without_oldest=2_000_000.1,
        oldest=Worker(index=49, age_s=age_s, input_records=int(50_000 * age_s), log_id="b0Yx" * 8),
        heaviest=Worker(index=49, age_s=age_s, input_records=int(50_000 * age_s)),
        youngest_age_s=age_s,
        running_s=age_s,
        running_records=int(50_000 * age_s),
    )
    last = Stage(
        name="J2_1",
        status="RUNNING",
        total=50,
        running=1 if is_tail else 50,
        ended=49 if is_tail else 0,
        input_records=int(50_000 * age_s),
        output_records=0,
        workers=workers if is_with_workers and is_tail else None,
    )
    done = tuple(
        Stage(name=f"M{n}", status="TERMINATED", total=40, ended=40, input_records=158_000_000 + n)
        for n in range(1, stages)
    )
    return Snapshot(
        at=at,
        sub_status=SubStatus(code=1042, description="Offline Job is running", since=at),
        queue_position=0,
        queue_length=0,
        total_cpu=100 * age_s,
        stages=(*done, last),
    )


def collected(
    noon: datetime, *, every_s: float, lasts_s: float, stages: int = 2
) -> tuple[Snapshot, ...]:
    kept: tuple[Snapshot, ...] = ()
    age_s = 0.0
    while age_s <= lasts_s:
        is_with_workers = age_s % 60 < every_s
        new = skewed(noon + age_s * SECOND, age_s, is_with_workers=is_with_workers, stages=stages)
        kept = added(kept, new)
        age_s += every_s
    return kept


@pytest.mark.parametrize("every_s", [1, 5, 10, 60])
def test_a_quarter_of_an_hour_takes_two_kilobytes_and_has_no_gap(
    noon: datetime, every_s: float
) -> None:
    kept = collected(noon, every_s=every_s, lasts_s=1_200)

    assert kept[-1].at == noon + 1_200 * SECOND
    assert kept[0].at <= kept[-1].at - KEPT_FOR + DISTANCE + 60 * SECOND
    assert kept[0].at >= kept[-1].at - KEPT_FOR
    assert all(b.at - a.at <= max(DISTANCE, every_s * SECOND) for a, b in pairwise(kept))
    assert len(encoded(kept)) <= 3_000
    assert decoded(encoded(kept)) == kept


def test_the_moment_of_a_change_is_kept(noon: datetime) -> None:
    kept = collected(noon, every_s=5, lasts_s=600)

    before, after = next(
        (a, b)
        for a, b in pairwise(kept)
        if a.stages
        and b.stages
        and a.stages != b.stages
        and a.stages[-1].ended == 0
        and b.stages[-1].ended == 49
    )
    assert (before.at - noon, after.at - noon) == (110 * SECOND, 115 * SECOND)


def test_another_sub_status_is_kept(noon: datetime) -> None:
    snapshots = [
        Snapshot(at=noon + n * SECOND, sub_status=SubStatus(code=1010 if n < 7 else 1041))
        for n in range(300)
    ]

    kept = thinned(snapshots)

    assert {6, 7} <= {(one.at - noon).seconds for one in kept}


def test_the_last_minute_is_kept_as_it_came(noon: datetime) -> None:
    kept = collected(noon, every_s=5, lasts_s=600)

    newest = [one for one in kept if kept[-1].at - one.at <= DENSE_FOR]
    assert len(newest) == 13


def test_workers_are_soon_out_of_date(noon: datetime) -> None:
    kept = collected(noon, every_s=5, lasts_s=900)

    ages = [kept[-1].at - one.at for one in kept if any(s.workers for s in one.stages or ())]
    assert ages
    assert max(ages) <= WORKERS_KEPT_FOR


@pytest.mark.parametrize("lasts_s", [655, 710, 900])
def test_an_instance_of_many_stages_takes_no_more_than_the_bound(
    noon: datetime, lasts_s: int
) -> None:
    kept = encoded(collected(noon, every_s=5, lasts_s=lasts_s, stages=150))

    assert len(kept) <= MOST_BYTES
    assert decoded(kept)[-1].at == noon + lasts_s * SECOND
    assert any(map(has_workers, decoded(kept)))


def test_what_comes_late_is_put_in_its_place(noon: datetime) -> None:
    late = Snapshot(at=noon + SECOND)
    kept = added((Snapshot(at=noon), Snapshot(at=noon + 2 * SECOND)), late)

    assert [one.at for one in kept] == [noon, noon + SECOND, noon + 2 * SECOND]


@pytest.mark.parametrize("odd", [None, b"", b"odd", encoded([])[:-3], "text"])
def test_what_cannot_be_read_is_not_known(odd: object) -> None:
    assert decoded(odd) == ()
