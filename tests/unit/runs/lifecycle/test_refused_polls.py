"""Polls that MaxCompute answers, but not with a status: what it says stays on the record."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import pytest

from odps_bot.maxcompute import (
    AuthenticationError,
    ConnectionFailedError,
    CredentialsUnavailableError,
    GatewayError,
    HeldBackError,
    MalformedResponseError,
    MaxComputeError,
    PermissionDeniedError,
    ServerError,
    ThrottledError,
)
from odps_bot.runs import (
    Change,
    InstanceSnapshot,
    MilestoneCode,
    ReasonCode,
    Run,
    RunState,
    lifecycle,
    polling,
)
from odps_bot.runs.outcome import Refusal, refusal_of
from odps_bot.runs.record import decode_run, encode_run
from odps_bot.store.notification_kind import NotificationKind as Kind

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
SAID = "ODPS-0420095: Access Denied - You have NO privilege 'odps:Read'"
FORBIDDEN = PermissionDeniedError(SAID, http_status=403, code="NoPermission")
EXPIRED = AuthenticationError("the token has expired", http_status=401, code="ODPS-0410051")
BUSY = ThrottledError("too many", http_status=429, code="RequestQuotaExceeded")
SILENT = ConnectionFailedError("no route", was_sent=False)


@pytest.fixture
def running(make_run: Callable[..., Run], noon: datetime) -> Run:
    return make_run(state=RunState.RUNNING, instance_id="i1", started_at=noon - HOUR)


def failed(run: Run, error: MaxComputeError, now: datetime, **facts: Any) -> Change:
    """Return what a poll changes that failed by this error."""
    usual = {
        "patience": HOUR,
        "refusal": refusal_of(error, now=now),
        "is_silence": not isinstance(error, HeldBackError),
    }
    change = lifecycle.poll_failed(run, now=now, **{**usual, **facts})
    assert change is not None
    return change


@pytest.mark.parametrize(
    ("error", "reason", "code"),
    [
        (FORBIDDEN, ReasonCode.NO_PERMISSION, "NoPermission"),
        (EXPIRED, ReasonCode.NOT_AUTHENTICATED, "ODPS-0410051"),
        (BUSY, ReasonCode.THROTTLED, "RequestQuotaExceeded"),
        (
            ServerError("down", http_status=503, code="ServiceUnavailable"),
            ReasonCode.SERVER_ERROR,
            "ServiceUnavailable",
        ),
        (MalformedResponseError("no XML"), ReasonCode.UNUSABLE_RESPONSE, ""),
        (CredentialsUnavailableError("no key"), ReasonCode.NO_CREDENTIALS, ""),
    ],
)
def test_what_maxcompute_says_to_a_poll_is_kept_as_data(
    running: Run, noon: datetime, error: MaxComputeError, reason: ReasonCode, code: str
) -> None:
    refusal = failed(running, error, noon).run.refusal

    assert refusal is not None
    assert (refusal.reason, refusal.code, refusal.since) == (reason, code, noon)
    assert refusal.message == getattr(error, "message", str(error))


@pytest.mark.parametrize(
    "error",
    [
        SILENT,
        ServerError("<html>", http_status=503),
        GatewayError("<html>", http_status=403),
    ],
    ids=["silence", "a server's page", "a gateway's page"],
)
def test_silence_is_silence(running: Run, noon: datetime, error: MaxComputeError) -> None:
    refused = failed(running, FORBIDDEN, noon).run

    assert failed(running, error, noon).run.refusal is None
    assert failed(refused, error, noon + MINUTE).run.refusal is None


def test_a_poll_that_was_held_back_leaves_the_last_word(running: Run, noon: datetime) -> None:
    refused = failed(running, FORBIDDEN, noon).run
    held_back = HeldBackError("busy", retry_after=SECOND)

    assert failed(refused, held_back, noon + MINUTE).run.refusal == refused.refusal
    assert failed(running, held_back, noon).run.refusal is None


def test_a_refusal_that_is_repeated_counts_from_the_first_one(running: Run, noon: datetime) -> None:
    once = failed(running, FORBIDDEN, noon).run
    twice = failed(once, FORBIDDEN, noon + SECOND).run
    other = failed(twice, EXPIRED, noon + MINUTE).run

    assert twice.refusal is not None
    assert (twice.refusal.since, twice.refusal.polls) == (noon, 2)
    assert other.refusal is not None
    assert (other.refusal.since, other.refusal.polls) == (noon + MINUTE, 1)


@pytest.mark.parametrize(("error", "is_told"), [(FORBIDDEN, True), (EXPIRED, True), (BUSY, False)])
def test_a_refusal_that_does_not_pass_by_itself_is_told_when_it_is_repeated(
    running: Run, noon: datetime, error: MaxComputeError, is_told: bool
) -> None:
    once = failed(running, error, noon)
    twice = failed(once.run, error, noon + SECOND)

    assert once.notifications == ()
    assert twice.notifications == ((Kind.CARD, Kind.PROGRESS) if is_told else ())


def test_a_refusal_is_told_once_and_so_is_its_end(running: Run, noon: datetime) -> None:
    run, told = running, []
    for second in range(100):
        change = failed(run, FORBIDDEN, noon + second * SECOND)
        run = change.run
        told += change.notifications
    back = lifecycle.polled(
        run, snapshot=InstanceSnapshot(), cost=None, now=noon + HOUR, is_swept=False
    )

    assert told == [Kind.CARD, Kind.PROGRESS]
    assert back is not None
    assert back.run.refusal is None
    unreachable, reachable = back.run.milestones
    assert (unreachable.code, reachable.code) == (
        MilestoneCode.UNREACHABLE,
        MilestoneCode.REACHABLE,
    )
    assert unreachable.outcome == reachable.outcome
    assert unreachable.outcome is not None
    assert unreachable.outcome.reason is ReasonCode.NO_PERMISSION


def test_what_turns_from_silence_to_a_refusal_is_told_anew(running: Run, noon: datetime) -> None:
    silent = failed(running, SILENT, noon).run
    announced = failed(silent, SILENT, noon + polling.OUTAGE_WORTH_SAYING)
    refused = failed(announced.run, FORBIDDEN, noon + MINUTE)
    again = failed(refused.run, FORBIDDEN, noon + 2 * MINUTE)

    assert announced.notifications == refused.notifications == (Kind.CARD, Kind.PROGRESS)
    assert again.notifications == ()


def test_what_changes_to_and_fro_is_told_once(running: Run, noon: datetime) -> None:
    run, told = running, []
    for minute in range(60):
        error = SILENT if minute % 2 else BUSY
        change = failed(run, error, noon + minute * MINUTE, patience=2 * HOUR)
        run = change.run
        told += change.notifications

    # The card itself keeps up with it.
    assert len([kind for kind in told if kind is not Kind.CARD_REFRESH]) <= 4
    assert len(run.milestones) <= 2
    assert told[-1] is Kind.CARD_REFRESH


def test_a_sweep_that_lists_the_instance_takes_no_refusal_back_but_gives_nothing_up(
    running: Run, noon: datetime
) -> None:
    run = running
    for hour in range(30):
        run = failed(run, FORBIDDEN, noon + hour * HOUR).run
        seen = lifecycle.seen_running(run, now=noon + hour * HOUR)
        assert seen is not None
        run = seen.run

    assert run.state is RunState.RUNNING
    assert run.refusal is not None
    assert run.refusal.since == noon
    assert [milestone.code for milestone in run.milestones] == [MilestoneCode.UNREACHABLE]


def test_a_sweep_that_lists_the_instance_ends_a_throttling(running: Run, noon: datetime) -> None:
    seen = lifecycle.seen_running(failed(running, BUSY, noon).run, now=noon)

    assert seen is not None
    assert seen.run.refusal is None


def test_what_is_refused_for_too_long_is_given_up_with_the_reason(
    running: Run, noon: datetime
) -> None:
    run = running
    for minute in range(0, 70, 7):
        run = failed(run, FORBIDDEN, noon + minute * MINUTE).run

    assert run.outcome is not None
    assert (run.state, run.outcome.reason) == (RunState.UNKNOWN, ReasonCode.OUT_OF_REACH)
    assert run.refusal is not None
    assert run.refusal.message == SAID


@pytest.mark.parametrize(
    "event",
    [
        partial(lifecycle.instance_not_found),
        partial(lifecycle.result_unread, end=RunState.SUCCEEDED, ended_at=None, patience=MINUTE),
    ],
)
def test_another_answer_takes_the_refusal_back(
    running: Run, noon: datetime, event: Callable[..., Change | None]
) -> None:
    change = event(failed(running, FORBIDDEN, noon).run, now=noon)

    assert change is not None
    assert change.run.refusal is None


def test_a_refusal_is_kept_in_the_record_and_its_tokens_are_not(
    running: Run, noon: datetime
) -> None:
    leaky = PermissionDeniedError(
        "GET /x?token=c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0 " + "x" * 9_000, http_status=403, code="No"
    )
    run = failed(running, leaky, noon).run

    assert decode_run(encode_run(run)).refusal == run.refusal
    assert run.refusal is not None
    assert "c2VjcmV0" not in run.refusal.message
    assert len(run.refusal.message) <= 1_000


def test_a_record_without_a_refusal_has_none(running: Run) -> None:
    record = msgspec.json.decode(encode_run(running))
    record.pop("refusal")

    assert decode_run(msgspec.json.encode(record)).refusal is None


def test_progress_that_is_not_known_leaves_what_was_known(running: Run, noon: datetime) -> None:
    seen = InstanceSnapshot(is_executing=True, progress_percent=40)
    poll = partial(lifecycle.polled, cost=None, now=noon, is_swept=False)
    first = poll(running, snapshot=seen)
    assert first is not None
    second = poll(first.run, snapshot=InstanceSnapshot(is_progress_known=False))
    assert second is not None
    back = poll(second.run, snapshot=replace(seen, progress_percent=30))
    assert back is not None

    assert (second.run.is_executing, second.run.progress_percent) == (True, 40)
    assert back.run.progress_percent == 40


def test_the_same_code_says_the_same(noon: datetime) -> None:
    one = Refusal(reason=ReasonCode.NO_PERMISSION, since=noon, code="A", message="x")

    assert one.is_like(msgspec.structs.replace(one, message="y", polls=9))
    assert not one.is_like(msgspec.structs.replace(one, code="B"))
    assert not one.is_like(None)
