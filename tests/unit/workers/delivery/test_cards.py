"""The card of a run: posted once, updated while it goes on, and right at the end."""

from datetime import timedelta

import pytest

from odps_bot.runs import ReasonCode, RunState
from odps_bot.slack.errors import PlaceError, RateLimitedError, UnreachableError
from workers.delivery.cards import (
    deliver_card,
    deliver_card_refresh,
    post_card,
)

SECOND = timedelta(seconds=1)
REFUSED = PlaceError("chat.postMessage", "not_in_channel")


class Leases:
    """Updates that are under way, and how many more of a card are granted."""

    def __init__(self):
        self.under_way, self.turns, self.open = None, 99, set()

    def begin_update_interval(self, kind, run_id):
        self.turns -= 1
        return self.turns >= 0

    def beginning_update(self, run_id):
        return lambda: self.open.add(run_id)

    def ending_update(self, run_id, update):
        return lambda: self.open.discard(run_id)

    def reading_update(self, run_id):
        return lambda: self.under_way


@pytest.fixture
def leases(services):
    services.stores.message_leases = Leases()
    return services.stores.message_leases


@pytest.fixture
def add(services, make_run, leases):
    """Return a function that keeps a run that goes on and has a card."""

    def add(**facts):
        run = make_run(**{"state": RunState.RUNNING, "card_ts": "1.0", **facts})
        services.stores.runs.add(run)
        return run

    return add


def test_a_card_is_posted_where_the_run_was_requested(services, add):
    run = add(card_ts=None, thread_ts="7.7")

    assert post_card(run, services)
    [(post_id, _, places, _)] = services.slack.gateway.posts
    assert post_id.label == {"run_id": "0a1b2c", "kind": "card"}
    assert places == (("C1", "7.7"),)
    assert services.stores.runs.get("0a1b2c").card_ts == "1.0"


@pytest.mark.parametrize(("state", "goes_on"), [(RunState.QUEUED, False), (RunState.RUNNING, True)])
def test_only_what_was_not_submitted_is_refused_without_a_card(services, add, state, goes_on):
    services.slack.gateway.errors = [REFUSED]

    assert post_card(add(card_ts=None, state=state), services) is goes_on
    run = services.stores.runs.get("0a1b2c")
    assert run.is_card_refused
    assert (run.outcome and run.outcome.reason) == (None if goes_on else ReasonCode.CARD_REFUSED)


@pytest.mark.parametrize(("state", "reserve"), [(RunState.RUNNING, 34), (RunState.FAILED, 0)])
def test_updates_of_what_goes_on_leave_some_to_final_ones(services, add, state, reserve):
    add(state=state)

    assert deliver_card("0a1b2c", services) is None
    assert services.slack.gateway.updates[0][3] == reserve


def test_a_card_that_is_not_there_yet_is_posted_and_then_updated(services, add):
    add(card_ts=None)

    assert deliver_card("0a1b2c", services) == timedelta(0)
    assert deliver_card("0a1b2c", services) is None
    assert (len(services.slack.gateway.posts), len(services.slack.gateway.updates)) == (1, 1)


@pytest.mark.parametrize("facts", [{"is_card_refused": True}, {"run_id": "gone"}])
def test_without_a_place_nothing_is_said(services, add, facts):
    add(**facts)

    assert deliver_card("0a1b2c", services) is None
    assert services.slack.gateway.updates == []


class TestRefreshes:
    @pytest.mark.parametrize(
        "facts",
        [{"state": RunState.FAILED}, {"card_ts": None}, {"is_card_refused": True}, {"run_id": "x"}],
    )
    def test_are_dropped_where_they_show_nothing_new(self, services, add, facts):
        add(**facts)

        assert deliver_card_refresh("0a1b2c", services) is None
        assert services.slack.gateway.updates == []

    def test_leave_some_updates_to_what_is_guaranteed(self, services, add):
        add()

        assert deliver_card_refresh("0a1b2c", services) is None
        assert services.slack.gateway.updates[0][3] == 36

    def test_come_at_most_as_often_as_an_update_is_worth(self, services, add, leases):
        add()
        leases.turns = 0

        assert deliver_card_refresh("0a1b2c", services) == 2 * SECOND


class TestTheEnd:
    def test_waits_for_an_older_update_that_may_come_later(self, services, add, leases):
        add(state=RunState.FAILED)
        leases.under_way = 4 * SECOND

        assert deliver_card("0a1b2c", services) == 4 * SECOND
        assert len(services.slack.gateway.updates) == 1

    def test_is_delivered_again_when_it_came_during_an_update(self, services, add, make_run):
        add()
        gateway = services.slack.gateway

        def update(*_args, **_options):
            services.stores.runs.add(make_run(state=RunState.SUCCEEDED, card_ts="1.0"))

        gateway.update_now = update
        deliver_card("0a1b2c", services)

        assert services.stores.outbox.names == ["final:0a1b2c"]

    @pytest.mark.parametrize(
        ("error", "is_open"),
        [
            (UnreachableError("chat.update", "no_response", may_have_happened=True), True),
            (RateLimitedError("chat.update", "ratelimited"), False),
        ],
    )
    def test_an_update_whose_outcome_is_unknown_stays_under_way(
        self, services, add, leases, error, is_open
    ):
        add()

        def update_now(*_args):
            raise error

        services.slack.gateway.update_now = update_now
        with pytest.raises(type(error)):
            deliver_card("0a1b2c", services)
        assert bool(leases.open) is is_open
