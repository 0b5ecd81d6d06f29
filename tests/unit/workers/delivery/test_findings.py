"""The reply about what holds a run up: posted once, updated when that changes."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.runs import RunState, lifecycle
from odps_bot.slack.errors import MessageGoneError
from odps_bot.store.notification_kind import NotificationKind
from workers.delivery.cards import WAIT_FOR_CARD
from workers.delivery.deliver import HANDLERS
from workers.delivery.findings import deliver_finding

MINUTE = timedelta(minutes=1)


@pytest.fixture
def skew(noon):
    return Finding(
        kind=Kind.SKEW,
        since=noon,
        confidence=Confidence.SURE,
        remedy=Remedy.SKEW_JOIN,
        numbers={"workers": 50, "ended": 49, "mean_s": 40, "age_s": 120, "ratio": 30},
        stage="J2_1",
        worker=49,
    )


@pytest.fixture
def found(services, make_run, noon, skew):
    """Return a function that records a finding of a run, and has it delivered."""
    services.stores.message_leases = SimpleNamespace(
        begin_update_interval=lambda _kind, _run_id: True
    )
    services.stores.runs.add(
        make_run(state=RunState.RUNNING, started_at=noon, instance_id="i1", card_ts="1.1")
    )

    def found(finding=skew, **facts):
        runs = services.stores.runs
        change = lifecycle.diagnosed(runs.get("0a1b2c"), finding=finding, now=noon + 10 * MINUTE)
        runs.add(replace(change.run if change else runs.get("0a1b2c"), **facts))
        return deliver_finding("0a1b2c", services)

    return found


def run_of(services):
    return services.stores.runs.get("0a1b2c")


def test_it_has_a_handler():
    assert HANDLERS[NotificationKind.FINDING] is deliver_finding


def test_it_is_posted_into_the_thread_and_mentions_nobody(found, services):
    assert found() is None

    [(post_id, [message], [place], _)] = services.slack.gateway.posts
    assert (post_id.kind, post_id.after) == (NotificationKind.FINDING, 0)
    assert place.thread_ts == "1.1"
    assert "<@" not in message.text
    assert run_of(services).finding_ts == "1.0"


def test_what_changes_is_updated_and_posted_no_second_time(found, services, skew):
    found()
    found(replace(skew, kind=Kind.SLOW_WORKER))
    found(None)

    assert len(services.slack.gateway.posts) == 1
    assert [ts for _, ts, _, _ in services.slack.gateway.updates] == ["1.0", "1.0"]


def test_another_cause_later_is_another_post(found, services, skew):
    found(replace(skew, kind=Kind.WAIT_QUOTA))
    found(None)
    found(skew)

    assert [post_id.after for post_id, *_ in services.slack.gateway.posts] == [0, 1]


def test_what_is_over_before_it_could_be_said_is_not_said(found, services, skew):
    found(skew, finding_over_at=skew.since)

    assert services.slack.gateway.posts == []


@pytest.mark.parametrize("state", [RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED])
def test_once_the_run_has_ended_its_reply_says_so_and_none_is_posted(found, services, noon, state):
    found(state=state)
    found(state=state, finding_ts="1.0", ended_at=noon + 12 * MINUTE)

    assert services.slack.gateway.posts == []
    [(_, ts, [message], _)] = services.slack.gateway.updates
    assert ts == "1.0"
    assert "ended at" in message.text


def test_what_the_summary_shows_to_be_wrong_is_corrected_all_the_same(found, services):
    found(state=RunState.SUCCEEDED, finding_ts="1.0", is_finding_wrong=True)

    assert [ts for _, ts, _, _ in services.slack.gateway.updates] == ["1.0"]


def test_it_waits_for_the_card(found, services):
    assert found(card_ts=None) == WAIT_FOR_CARD


@pytest.mark.parametrize(
    "facts",
    [{"is_card_refused": True}, {"is_finding_gone": True}, {"gone_cards": ("1", "2", "3")}],
)
def test_it_is_not_said_where_there_is_no_place(found, services, facts):
    assert found(**facts) is None
    assert services.slack.gateway.posts == []


def test_one_that_was_deleted_is_left_alone(found, services):
    services.slack.gateway.errors = [MessageGoneError("gone", code="message_not_found")]
    found(finding_ts="1.0")

    assert run_of(services).is_finding_gone
