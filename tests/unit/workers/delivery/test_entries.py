"""One entry is done, put off or given up, whatever its handler does."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from odps_bot.replies.ephemeral_replies import Address
from odps_bot.slack.errors import (
    ContentError,
    PostInProgressError,
    RateLimitedError,
    TokenError,
    UnreachableError,
)
from odps_bot.store.codec import CorruptRecordError
from odps_bot.store.notification_kind import NotificationKind as Kind
from workers.delivery.entries import handle, services_for_entry

SECOND = timedelta(seconds=1)


@pytest.fixture
def handled(services):
    """Return a function that handles an entry; returns its delay and the audit's outcomes."""

    def handled(result, *, kind=Kind.CARD):
        services.stores.outbox.enqueue(kind, "r1")
        [entry] = services.stores.outbox.claim(limit=1, lease=60 * SECOND, kinds=(kind,))

        def handler(_subject_id, _services):
            if isinstance(result, Exception):
                raise result
            return result

        handle(entry, handler, services)
        delay = services.stores.outbox.delays.get(str(entry)) if not is_done(services) else None
        return delay, [line.outcome for line in services.stores.audit.lines]

    return handled


def is_done(services):
    return not services.stores.outbox.entries


def test_what_is_told_is_done(handled, services):
    assert handled(None) == (None, [])
    assert is_done(services)


@pytest.mark.parametrize("kind", [Kind.EPHEMERAL, Kind.REFUSAL, Kind.FINAL])
def test_what_nobody_else_records_leaves_an_audit_line(handled, kind):
    assert handled(None, kind=kind) == (None, ["sent"])


def test_a_handler_says_when_to_try_again(handled):
    assert handled(7 * SECOND) == (7 * SECOND, [])


@pytest.mark.parametrize("error_class", [RateLimitedError, PostInProgressError, UnreachableError])
def test_what_passes_is_tried_when_slack_says(handled, error_class, caplog):
    error = error_class("chat.update", "code", retry_after=9 * SECOND)

    assert handled(error) == (9 * SECOND, [])
    is_logged = any(record.levelname == "WARNING" for record in caplog.records)
    assert is_logged is (error_class is UnreachableError)


def test_without_a_token_it_waits(handled):
    assert handled(TokenError("chat.update", "token_revoked"))[0] == 120 * SECOND


@pytest.mark.parametrize(
    "error", [ContentError("chat.update", "invalid_blocks"), CorruptRecordError("no Run")]
)
def test_what_will_never_be_accepted_is_given_up_and_recorded(handled, services, error):
    assert handled(error) == (None, ["failed"])
    assert is_done(services)


def test_a_fault_of_ours_is_put_off_for_a_minute_and_holds_up_nobody(handled):
    assert handled(ZeroDivisionError()) == (60 * SECOND, [])


class TestTheWorkspaceOfAnEntry:
    @pytest.fixture
    def team_of(self, services, make_run, subscribe):
        """Return a function that says in which workspace an entry is delivered."""
        services.slack.installations = object()
        services.of_team = lambda team_id: SimpleNamespace(team_id=team_id)
        services.stores.runs.add(make_run(team_id="T-run"))
        subscribe(team_id="T-sub")
        address = Address(user_id="U1", team_id="T-reply")
        services.stores.ephemeral_replies.remember_address("i1", address)

        def team_of(kind, subject_id):
            services.stores.outbox.enqueue(kind, subject_id)
            entry = services.stores.outbox.find(kind, subject_id)
            return services_for_entry(entry, services).team_id

        return team_of

    @pytest.mark.parametrize(
        ("kind", "subject_id", "team_id"),
        [
            (Kind.CARD, "0a1b2c", "T-run"),
            (Kind.CARD, "gone", ""),
            (Kind.REFUSAL, "0a1b2c", "T-run"),
            (Kind.ALERT, "sandbox T-sub C9", "T-sub"),
            (Kind.ALERT, "sandbox T-sub C0", ""),
            (Kind.EPHEMERAL, "i1", "T-reply"),
            (Kind.INQUIRY, "i1", "T-reply"),
            (Kind.INQUIRY, "i2", ""),
            (Kind.HOME, "T-home U1", "T-home"),
            (Kind.BOARD, "T-board C1", "T-board"),
        ],
    )
    def test_is_that_of_its_subject(self, team_of, kind, subject_id, team_id):
        assert team_of(kind, subject_id) == team_id

    def test_is_not_asked_where_there_is_but_one(self, services):
        services.stores = None

        assert services_for_entry(None, services) is services
