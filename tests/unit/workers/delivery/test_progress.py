"""The milestones in the thread: one reply, updated in place."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from odps_bot.runs import Milestone, MilestoneCode, RunState
from odps_bot.slack.posts import Place
from workers.delivery.progress import deliver_progress


@pytest.fixture
def progressed(services, make_run, noon):
    """Return a function that delivers the milestones of a run; returns when to try again."""
    services.stores.message_leases = SimpleNamespace(
        begin_update_interval=lambda _kind, _run_id: True
    )
    submitted = Milestone(at=noon, code=MilestoneCode.SUBMITTED, detail="i1")

    def progressed(**facts):
        usual = {"state": RunState.RUNNING, "card_ts": "1.0", "milestones": (submitted,)}
        services.stores.runs.add(make_run(**{**usual, **facts}))
        return deliver_progress("0a1b2c", services)

    return progressed


def test_the_first_words_leave_two_posts_to_cards_and_ends(progressed, services):
    assert progressed() is None
    [(_, _, places, reserve)] = services.slack.gateway.posts
    assert (places, reserve) == ((Place("C1", "1.0"),), 2)
    assert services.stores.runs.get("0a1b2c").progress_ts == "1.0"


def test_updates_leave_some_to_what_is_guaranteed(progressed, services):
    assert progressed(progress_ts="2.0") is None
    assert [(u[1], u[3]) for u in services.slack.gateway.updates] == [("2.0", 36)]


@pytest.mark.parametrize(("state", "is_updated"), [("running", False), ("failed", True)])
def test_between_two_updates_pass_two_seconds_but_for_the_last(
    progressed, services, state, is_updated
):
    services.stores.message_leases.begin_update_interval = lambda _kind, _run_id: False
    delay = progressed(progress_ts="2.0", state=RunState(state))

    assert delay == (None if is_updated else timedelta(seconds=2))
    assert bool(services.slack.gateway.updates) is is_updated


def test_it_waits_for_the_card(progressed):
    assert progressed(card_ts=None) == timedelta(seconds=5)


@pytest.mark.parametrize(
    "facts",
    [{"state": RunState.SUCCEEDED}, {"milestones": ()}, {"is_card_refused": True}, {"run_id": "x"}],
)
def test_nothing_is_begun_that_nobody_needs(progressed, services, facts):
    assert progressed(**facts) is None
    assert services.slack.gateway.posts == services.slack.gateway.updates == []
