"""Since when something holds, with polls that fail and polls that ask for different things."""

import pytest

from odps_bot.diagnosis.holds import filled, held_since
from odps_bot.diagnosis.snapshots import Snapshot, SubStatus, Workers
from odps_bot.diagnosis.sub_statuses import code_of, in_codes_since
from tests.unit.diagnosis.seen_lives import at, stage


def answers(*told, step=60):
    """Return since when it holds, of one answer a poll; a text is no poll at all."""
    snapshots = [
        Snapshot(at=at(n * step), queue_position=None if one is None else int(one))
        for n, one in enumerate(told)
        if one != "none"
    ]
    since = held_since(
        snapshots,
        lambda one: None if one.queue_position is None else bool(one.queue_position),
    )
    return None if since is None else (since - at(0)).total_seconds() / step


@pytest.mark.parametrize(
    ("told", "since"),
    [
        ([True, True, True], 0),
        ([False, True, True], 1),
        ([True, False], None),
        ([True, False, True], 2),
        ([True, None, True], 0),
        ([True, True, None], 0),
        ([True, "none", True, True], 0),
        ([True, True, None, None, None, True, True], 5),
        ([True, True, "none", "none", "none", True, True], 5),
        ([True, True, None, None, None], None),
        ([None], None),
    ],
)
def test_one_missing_answer_is_no_gap_and_more_are(told, since):
    assert answers(*told) == since


def test_rare_polls_are_no_gaps():
    assert answers(True, True, True, True, step=200) == 0


def test_polls_that_become_rarer_are_no_gaps():
    seconds = [0, 10, 20, 30, 40, 100, 160, 235, 330, 450, 600]
    snapshots = [Snapshot(at=at(t), queue_position=1) for t in seconds]

    assert held_since(snapshots, lambda one: one.queue_position == 1) == at(0)


def test_what_was_not_asked_for_is_taken_from_before():
    workers = Workers(ended=3, running=1)
    snapshots = [
        Snapshot(
            at=at(0),
            sub_status=SubStatus(code=1042),
            sub_status_history=(SubStatus(code=1240),),
            stages=(stage(total=4, running=1, ended=3, workers=workers),),
        ),
        Snapshot(at=at(15), stages=(stage(total=4, running=1, ended=3, input_records=9),)),
        Snapshot(at=at(30), total_cpu=7.0),
    ]

    *_, middle, newest = filled(snapshots)

    assert middle.stages[0].workers is workers
    assert middle.stages[0].input_records == 9
    assert newest.stages == middle.stages
    assert (newest.sub_status.code, newest.total_cpu) == (1042, 7.0)
    assert [one.code for one in newest.sub_status_history] == [1240]


def test_what_is_too_old_is_not_taken():
    known = stage(total=4, running=1, workers=Workers(running=1))
    snapshots = [
        Snapshot(at=at(0), sub_status=SubStatus(code=1042), stages=(known,)),
        Snapshot(at=at(76), stages=(stage(total=4, running=1),)),
        Snapshot(at=at(331), stages=(stage(total=4, running=1),)),
    ]

    _, middle, newest = filled(snapshots)

    assert middle.sub_status is None
    assert middle.stages[0].workers is not None
    assert newest.stages[0].workers is None


def test_the_workers_of_a_stage_that_no_longer_runs_are_not_taken():
    known = stage(total=4, running=1, workers=Workers(running=1))
    _, newest = filled(
        [
            Snapshot(at=at(0), stages=(known,)),
            Snapshot(at=at(10), stages=(stage(total=4, ended=4),)),
        ]
    )

    assert newest.stages[0].workers is None


def test_a_history_goes_on_where_a_poll_tells_none():
    told = Snapshot(
        at=at(0), sub_status=SubStatus(code=1240), sub_status_history=(SubStatus(code=1230),)
    )
    _, newest = filled([told, Snapshot(at=at(10), sub_status=SubStatus(code=1042))])

    assert [one.code for one in newest.sub_status_history] == [1230, 1240]


QUEUED = frozenset({1041})


def queued(seconds, since=None, code=1041):
    since = None if since is None else at(since)
    return Snapshot(at=at(seconds), sub_status=SubStatus(code=code, since=since))


@pytest.mark.parametrize(
    ("snapshots", "since"),
    [
        ([queued(100, since=30)], 30),
        ([queued(100)], 100),
        ([queued(100), queued(110)], 100),
        ([queued(100, since=500)], 100),  # of another clock or time zone
        ([queued(50, code=1240), queued(100, since=30)], 100),  # we know better
        ([queued(100, code=1042)], None),
        ([Snapshot(at=at(100))], None),
    ],
)
def test_maxcomputes_own_time_counts_unless_it_is_refuted(snapshots, since):
    assert in_codes_since(snapshots, QUEUED) == (None if since is None else at(since))


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (SubStatus(code=1042, description="whatever"), 1042),
        (SubStatus(description="SQLTask is optimizing query"), 1230),
        (SubStatus(description="  offline job WAITING for running..."), 1041),
        (SubStatus(code=4711, description="SQLTask is updating meta information"), 1060),
        (SubStatus(code=4711, description="Something new"), 4711),
        (SubStatus(description="Waiting for execution slot"), 1014),
        (None, None),
    ],
)
def test_sub_statuses_are_known_by_code_or_description(status, code):
    assert code_of(status) == code
