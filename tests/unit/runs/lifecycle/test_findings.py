"""What is said of what holds a run up: once, corrected when it changes, gone when it is over."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from msgspec.structs import replace

from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.runs import Change, InstanceSnapshot, Run, RunState, Stage, lifecycle
from odps_bot.runs.lifecycle.findings import MOST_REPLIES
from odps_bot.store.notification_kind import NotificationKind

MakeRun = Callable[..., Run]

MINUTE = timedelta(minutes=1)
CARD, REPLY = NotificationKind.CARD_REFRESH, NotificationKind.FINDING


@pytest.fixture
def skew(noon: datetime) -> Finding:
    return Finding(
        kind=Kind.SKEW,
        since=noon,
        confidence=Confidence.SURE,
        remedy=Remedy.SKEW_JOIN,
        numbers={"ratio": 3.0, "age_s": 120.0},
        stage="J2_1",
        worker=49,
    )


@pytest.fixture
def queued(noon: datetime) -> Finding:
    return Finding(
        kind=Kind.WAIT_QUOTA,
        since=noon,
        confidence=Confidence.SURE,
        remedy=Remedy.WAIT,
        numbers={"waited_s": 60.0},
    )


class Told:
    """A running run of ten minutes, and what Slack was asked to say of it."""

    def __init__(self, run: Run, now: datetime) -> None:
        self.run, self.now = run, now

    def found(self, finding: Finding | None) -> tuple[NotificationKind, ...]:
        self.now += MINUTE
        change = lifecycle.diagnosed(self.run, finding=finding, now=self.now)
        if change is None:
            return ()
        self.run = change.run
        return change.notifications


@pytest.fixture
def told(make_run: MakeRun, noon: datetime) -> Told:
    run = make_run(
        state=RunState.RUNNING,
        started_at=noon,
        instance_id="i1",
        polled_at=noon,
        card_ts="1.1",
        card_updated_at=noon,
    )
    return Told(run, noon + 10 * MINUTE)


def test_a_finding_is_on_the_card_and_in_the_thread(told: Told, skew: Finding) -> None:
    assert told.found(skew) == (CARD, REPLY)
    assert told.run.finding == told.run.told_finding == skew
    assert told.run.finding_replies == 1


def test_the_same_finding_is_told_once(told: Told, skew: Finding) -> None:
    told.found(skew)

    assert told.found(skew) == ()
    assert told.found(replace(skew, numbers={"ratio": 3.1, "age_s": 130.0})) == ()
    assert told.run.finding is not None
    assert told.run.finding.numbers["ratio"] == 3.1


def test_other_numbers_are_for_the_card_only(told: Told, skew: Finding) -> None:
    told.found(skew)

    assert told.found(replace(skew, numbers={"ratio": 6.0, "age_s": 300.0})) == (CARD,)


def test_numbers_that_creep_are_shown_at_last(told: Told, skew: Finding) -> None:
    told.found(skew)

    sent = [
        told.found(replace(skew, numbers={"ratio": 3.0, "age_s": 120.0 + 10 * n}))
        for n in range(1, 8)
    ]

    assert [kinds for kinds in sent if kinds] == [(CARD,)]


def test_another_cause_corrects_the_reply(told: Told, skew: Finding) -> None:
    told.found(replace(skew, kind=Kind.LONG_TAIL, confidence=Confidence.LIKELY))

    assert told.found(skew) == (CARD, REPLY)
    assert told.run.finding_replies == 1


def test_what_is_over_is_off_the_card_and_the_reply_says_so(told: Told, skew: Finding) -> None:
    told.found(skew)

    assert told.found(None) == (CARD, REPLY)
    assert told.run.finding is None
    assert told.run.finding_over_at == told.now
    assert told.run.told_finding == skew
    assert told.found(None) == ()


def test_what_comes_later_has_a_reply_of_its_own(
    told: Told, queued: Finding, skew: Finding
) -> None:
    told.found(queued)
    told.run = replace(told.run, finding_ts="2.1")
    told.found(None)

    assert told.found(skew) == (CARD, REPLY)
    assert told.run.finding_replies == 2
    assert told.run.finding_ts is None


def test_what_comes_back_keeps_its_reply(told: Told, skew: Finding) -> None:
    told.found(skew)
    told.run = replace(told.run, finding_ts="2.1")
    told.found(None)

    assert told.found(skew) == (CARD, REPLY)
    assert (told.run.finding_replies, told.run.finding_ts) == (1, "2.1")


def test_a_thread_is_not_filled_with_findings(told: Told, queued: Finding, skew: Finding) -> None:
    for _ in range(10):
        told.found(queued)
        told.found(None)
        told.found(skew)
        told.found(None)

    assert told.run.finding_replies == MOST_REPLIES


def test_hints_are_not_told(told: Told, skew: Finding) -> None:
    assert told.found(replace(skew, confidence=Confidence.HINT)) == ()
    assert told.run.finding is None


@pytest.mark.parametrize("state", [state for state in RunState if state is not RunState.RUNNING])
def test_nothing_is_told_of_a_run_that_does_not_run(
    told: Told, skew: Finding, state: RunState
) -> None:
    told.run = replace(told.run, state=state)

    assert told.found(skew) == ()
    assert told.run.finding is None


def test_a_poll_and_what_it_has_shown_are_one_change(
    make_run: MakeRun, noon: datetime, skew: Finding
) -> None:
    now = noon + 10 * MINUTE
    run = make_run(state=RunState.RUNNING, started_at=noon, instance_id="i1", card_ts="1.1")
    stage = Stage(
        name="J2_1",
        status="RUNNING",
        terminated_workers=49,
        running_workers=1,
        total_workers=50,
        progress_percent=98,
    )
    event = partial(
        lifecycle.polled,
        snapshot=InstanceSnapshot(stages=(stage,)),
        cost=None,
        now=now,
        is_swept=True,
    )

    change = lifecycle.diagnosed(run, finding=skew, now=now, event=event)

    assert change is not None
    assert change.run.stages == (stage,)
    assert change.run.finding == skew
    assert change.overdue_in is not None
    assert len(set(change.notifications)) == len(change.notifications)
    assert REPLY in change.notifications


def _ended(now: datetime) -> Callable[[Run], Change | None]:
    snapshot = InstanceSnapshot(end=RunState.SUCCEEDED)
    return partial(lifecycle.polled, snapshot=snapshot, cost=None, now=now, is_swept=True)


@pytest.mark.parametrize("is_posted", [True, False])
def test_the_reply_that_something_holds_the_run_up_is_closed_at_its_end(
    told: Told, skew: Finding, is_posted: bool
) -> None:
    told.found(skew)
    run = replace(told.run, finding_ts="2.1" if is_posted else None)

    change = lifecycle.diagnosed(run, finding=None, now=told.now, event=_ended(told.now))

    assert change is not None
    assert (REPLY in change.notifications) is is_posted
    assert change.run.finding == skew


def test_what_was_over_before_the_end_is_not_said_again(told: Told, skew: Finding) -> None:
    told.found(skew)
    told.found(None)
    run = replace(told.run, finding_ts="2.1")

    change = lifecycle.diagnosed(run, finding=None, now=told.now, event=_ended(told.now))

    assert change is not None
    assert REPLY not in change.notifications


@pytest.mark.parametrize("is_other", [True, False])
def test_the_summary_corrects_what_was_wrong(told: Told, skew: Finding, is_other: bool) -> None:
    told.found(skew)
    run = replace(told.run, finding_ts="2.1")
    right = replace(skew, kind=Kind.SLOW_WORKER) if is_other else None

    change = lifecycle.summarized(run, finding=right, now=told.now, event=_ended(told.now))

    assert change is not None
    assert change.notifications.count(REPLY) == 1
    assert change.run.is_finding_wrong
    assert change.run.finding == right
    assert change.run.told_finding == skew


def test_what_the_summary_confirms_was_not_wrong(told: Told, skew: Finding) -> None:
    told.found(skew)
    run = replace(told.run, finding_ts="2.1")

    change = lifecycle.summarized(run, finding=skew, now=told.now, event=_ended(told.now))

    assert change is not None
    assert change.notifications.count(REPLY) == 1
    assert not change.run.is_finding_wrong


def test_a_post_that_comes_late_is_not_taken_for_the_next_reply(
    told: Told, queued: Finding, skew: Finding
) -> None:
    told.found(queued)
    told.found(None)
    told.found(skew)

    assert lifecycle.finding_posted(told.run, reply=1, ts="2.1") is None
    change = lifecycle.finding_posted(told.run, reply=2, ts="2.2")
    assert change is not None
    assert change.run.finding_ts == "2.2"


def test_a_poll_that_began_before_takes_nothing_back(told: Told, skew: Finding) -> None:
    told.found(skew)

    assert lifecycle.diagnosed(told.run, finding=None, known=None, now=told.now) is None
    over = lifecycle.diagnosed(told.run, finding=None, known=told.run.finding, now=told.now)
    assert over is not None
    assert over.run.finding is None or over.run.finding_over_at is not None
