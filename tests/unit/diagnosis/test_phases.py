"""The life of an instance phase by phase, with times."""

import time

import msgspec
import pytest

from odps_bot.diagnosis.phases import PhaseKind, phases_of, planning_s
from odps_bot.diagnosis.snapshots import Snapshot, Stage, SubStatus
from odps_bot.sandbox.maxcompute.lives.life import Life
from odps_bot.sandbox.maxcompute.lives.sick import PLANS
from tests.unit.diagnosis.seen_lives import Seen, at, stage


def phases(name, until, *, step=10, since=0, ended=None, with_workers=False):
    """Return the phases of a life as (kind, second of begin, second of end)."""
    seen = Seen(name)
    rows = [seen.snapshot(t, with_workers=with_workers) for t in range(since, until + 1, step)]
    found = phases_of(rows, now=at(until), ended=None if ended is None else at(ended))
    return [(one.kind, seconds(one.began), seconds(one.ended)) for one in found], found


def seconds(instant):
    return None if instant is None else (instant - at(0)).total_seconds()


SLOT, COMPILE, PLAN = PhaseKind.WAITING_FOR_SLOT, PhaseKind.COMPILING, PhaseKind.PLANNING
QUEUE, RUN, FINISH = PhaseKind.QUEUED_IN_QUOTA, PhaseKind.RUNNING, PhaseKind.FINISHING


def test_a_running_job_goes_through_all_phases():
    told, found = phases("wait_quota", 440)

    assert told == [
        (SLOT, 0, 5),
        (COMPILE, 5, 20),
        (PLAN, 20, 25),
        (QUEUE, 25, 430),
        (RUN, 430, None),
    ]
    assert found[3].code == 1041
    assert found[4].lasted_s(at(440)) == 10


def test_running_without_a_worker_is_a_queue():
    told, _ = phases("no_slots", 450)

    assert told[-2:] == [(QUEUE, 25, 430), (RUN, 430, None)]


def test_all_rows_written_is_finishing():
    told, _ = phases("finishing", 200)

    assert told[-2:] == [(RUN, 30, 70), (FINISH, 70, None)]


def test_a_failure_of_accelerated_mode_is_a_rerun():
    told, _ = phases("fallback", 60)

    assert [kind for kind, *_ in told] == [QUEUE, RUN, PhaseKind.RERUN, QUEUE, RUN]


def test_an_ended_job_has_an_end():
    told, _ = phases("skew", 1_260, ended=1_270)

    assert told[-1] == (RUN, 30, 1_270)


def test_stages_have_their_own_times():
    _, found = phases("skew", 200, with_workers=True)

    scan, join = found[-1].stages
    assert (scan.name, scan.is_over, seconds(scan.began), seconds(scan.ended)) == (
        "M1",
        True,
        30,
        70,
    )
    assert (join.name, join.is_over, seconds(join.began), join.ended) == ("J2_1", False, 70, None)
    assert (join.total, join.running, join.ended_workers) == (50, 1, 49)


def test_what_began_before_the_first_snapshot_has_no_time():
    _, found = phases("skew", 300, since=200)

    scan, join = found[-1].stages
    assert (scan.began, scan.ended, scan.is_over) == (None, None, True)
    assert join.began is None


def test_without_sub_statuses_snapshots_tell_some_of_it():
    seen = Seen("no_slots")
    rows = [
        msgspec.structs.replace(seen.snapshot(t), sub_status=None, sub_status_history=())
        for t in range(0, 460, 10)
    ]

    told = [(one.kind, seconds(one.began)) for one in phases_of(rows, now=at(450))]

    assert told == [(QUEUE, 30), (RUN, 430)]


def test_unknown_sub_statuses_keep_their_text():
    row = Snapshot(at=at(9), sub_status=SubStatus(code=4711, description="New", since=at(3)))

    [phase] = phases_of([row], now=at(9))

    assert (phase.kind, phase.code, phase.description) == (PhaseKind.OTHER, 4711, "New")


def test_times_that_nobody_told_are_those_of_our_snapshots():
    rows = [
        Snapshot(at=at(10), sub_status=SubStatus(code=1230)),
        Snapshot(
            at=at(20),
            sub_status=SubStatus(code=1042),
            sub_status_history=(SubStatus(code=1230),),
            stages=(stage("M1", total=1, running=1),),
        ),
    ]

    told = [(one.kind, seconds(one.began)) for one in phases_of(rows, now=at(20))]

    assert told == [(COMPILE, 10), (RUN, 20)]


@pytest.mark.parametrize("name", PLANS)
def test_phases_follow_each_other_without_gaps(name):
    end = int(min(Life(PLANS[name][1]()).ends_s, 900)) - 1
    if name == "too_many":
        end = 60
    told, _ = phases(name, end, step=30)

    assert told[0][1] == 0
    assert [begin for _, begin, _ in told[1:]] == [until for *_, until in told[:-1]]
    assert told[-1][2] is None


def test_of_nothing_there_are_no_phases():
    assert phases_of([], now=at(0)) == ()
    assert phases_of([Snapshot(at=at(0))], now=at(0)) == ()


def test_a_phase_that_begins_by_a_clock_ahead_of_ours_is_told_from_now_on():
    ahead = SubStatus(code=1042, description="Offline Job is running", since=at(103))
    before = SubStatus(code=1041, description="Offline Job Waiting for running", since=at(60))
    found = phases_of(
        [Snapshot(at=at(100), sub_status=ahead, sub_status_history=(before,))], now=at(100)
    )

    assert [(one.kind, one.began) for one in found] == [(QUEUE, at(60)), (RUN, at(100))]


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ([(1230, 5), (1240, 15), (1250, 315)], 300),
        ([(1235, 15), (1240, 75), (1042, 375)], 360),
        ([(1240, 15), (1042, 20), (1050, 60), (1240, 70), (1042, 100)], 35),
        ([(1230, 5), (1240, 15)], None),  # it goes on
        ([(1230, 5), (1042, 15)], None),
        ([(1240, None), (1042, 15)], None),
        ([], None),
    ],
)
def test_how_long_the_list_of_files_was_read(told, seconds):
    steps = [SubStatus(code=code, since=None if t is None else at(t)) for code, t in told]
    *earlier, last = steps or [None]
    snapshot = Snapshot(at=at(400), sub_status=last, sub_status_history=tuple(earlier))

    assert planning_s([snapshot]) == seconds
    assert planning_s([]) is None


def test_a_job_of_thousands_of_stages_is_told_in_no_time():
    def rows(stages):
        return [
            Snapshot(
                at=at(10 * number),
                stages=tuple(
                    Stage(name=f"M{each}", total=9, running=1, ended=number)
                    for each in range(stages)
                ),
            )
            for number in range(8)
        ]

    def seconds_for(snapshots):
        began = time.process_time()
        [running] = phases_of(snapshots, now=at(70))
        assert len(running.stages) == len(snapshots[0].stages)
        return time.process_time() - began

    few, many = rows(300), rows(3_000)
    assert any(seconds_for(many) < 30 * max(seconds_for(few), 0.01) for _ in range(3))
