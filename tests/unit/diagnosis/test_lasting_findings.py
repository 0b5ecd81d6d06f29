"""What holds an instance up for long is said all the time, however rarely it is asked about."""

from collections.abc import Callable, Iterable, Iterator

import msgspec
import pytest

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.diagnose import diagnose
from odps_bot.diagnosis.finding import Confidence, Finding, Kind
from odps_bot.diagnosis.recent_snapshots import added
from odps_bot.diagnosis.snapshots import Quota, Snapshot, Stage, SubStatus, Worker, Workers
from odps_bot.diagnosis.source_facts import SourceFacts
from tests.unit.diagnosis.seen_lives import at

RUNNING = SubStatus(code=1042, description="Offline Job is running")


def asked_every_s(found_for_s: float | None) -> float:
    """Return how long the plan of side questions waits before it asks again."""
    return 60 if found_for_s is None else min(max(120, found_for_s / 4), 300) + 10


def skewed(seconds: int, *, is_with_workers: bool) -> Snapshot:
    """Return how a stage looks of whose fifty workers the last one has most of the data."""
    records = 2_000_000 + 50_000 * seconds
    slowest = Worker(index=49, age_s=40.0 + seconds, input_records=records)
    workers = Workers(
        ended=49,
        running=1,
        ended_mean_s=40,
        mean_records=(98_000_000 + records) / 50,
        max_records=records,
        mean_records_without_oldest=2_000_000,
        oldest=slowest,
        heaviest=slowest,
        youngest_age_s=40.0 + seconds,
        running_s=40.0 + seconds,
        running_records=records,
    )
    stage = Stage(
        name="J2_1",
        total=50,
        running=1,
        ended=49,
        input_records=98_000_000 + records,
        workers=workers if is_with_workers else None,
    )
    return Snapshot(at=at(seconds), sub_status=RUNNING, stages=(stage,))


def starved(seconds: int) -> Snapshot:
    """Return how a stage looks that has ten workers of the hundred that it wants."""
    stage = Stage(
        name="M1", total=100, running=10, ended=seconds // 60, input_records=500_000 * seconds
    )
    return Snapshot(at=at(seconds), sub_status=RUNNING, stages=(stage,))


def ignore(finding: Finding | None) -> None:
    """Listen to nothing."""


def said(
    snapshots: Iterable[Snapshot], tell: Callable[[Finding | None], None] = ignore
) -> list[object]:
    """Return what the card says, one after the other; `tell` hears it as well."""
    known: tuple[Snapshot, ...] = ()
    finding, kinds = None, []
    for one in snapshots:
        known = added(known, one)
        diagnosis = diagnose(known, SourceFacts(), None, Thresholds(), one.at, previous=finding)
        finding = diagnosis.finding
        tell(finding)
        kind = finding.kind if finding else None
        kinds += [kind] if kinds[-1:] != [kind] else []
    return kinds


@pytest.mark.parametrize("poll_every_s", [10, 20, 45, 70])
def test_a_skew_is_said_once_though_its_workers_are_asked_for_ever_more_rarely(poll_every_s):
    found_at: list[int] = []
    now = 0

    def snapshots() -> Iterator[Snapshot]:
        nonlocal now
        asked = -60.0
        for now in range(100, 3_000, poll_every_s):
            is_due = now - asked >= asked_every_s(now - found_at[0] if found_at else None)
            asked = now if is_due else asked
            yield skewed(now, is_with_workers=is_due)

    kinds = said(snapshots(), lambda finding: found_at.append(now) if finding else None)

    assert kinds == [Kind.SKEW]


@pytest.mark.parametrize("poll_every_s", [5, 10, 20, 60])
def test_a_starved_job_is_said_once_though_nobody_polls_it_as_often_any_more(poll_every_s):
    found_at: list[int] = []
    now = 0

    def snapshots() -> Iterator[Snapshot]:
        nonlocal now
        while now < 3_000:
            yield starved(now)
            now += int(asked_every_s(now - found_at[0])) if found_at else poll_every_s

    kinds = said(snapshots(), lambda finding: found_at.append(now) if finding else None)

    assert kinds == [None, Kind.STARVED]


@pytest.mark.parametrize("poll_every_s", [5, 10, 20, 45])
def test_that_the_quota_is_short_stays_certain_while_it_is_asked_about_rarely(poll_every_s):
    short = Quota(name="etl", requested_cpu=190_000, usable_cpu=67_200)
    told: list[Finding | None] = []

    def snapshots() -> Iterator[Snapshot]:
        asked = -120
        for now in range(0, 2_000, poll_every_s):
            is_due = now - asked >= 120
            asked = now if is_due else asked
            yield msgspec.structs.replace(starved(now), quota=short if is_due else None)

    said(snapshots(), told.append)

    sureness = {one.confidence for one in told if one is not None and one.kind is Kind.STARVED}
    assert sureness == {Confidence.SURE}


def test_a_worker_that_dies_again_and_again_is_said_while_it_is_started_anew_too():
    worker = Worker(index=20, attempt=3, age_s=5)
    workers = Workers(ended=20, running=1, reruns=3, rerun_workers=1, most_rerun=worker)
    dying = Stage(name="M1", total=21, running=1, ended=20, input_records=1, workers=workers)
    between = msgspec.structs.replace(dying, running=0, workers=None)
    stages = [dying, between, msgspec.structs.replace(between, running=1), between, dying]
    snapshots = [
        Snapshot(at=at(10 * n), sub_status=RUNNING, stages=(one,)) for n, one in enumerate(stages)
    ]

    assert said(snapshots) == [Kind.RETRIES]
