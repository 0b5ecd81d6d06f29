"""A run is changed on its way to MaxCompute only while it is queued."""

from datetime import timedelta

import pytest

from odps_bot.runs import Outcome, ReasonCode, RunState
from odps_bot.store.notification_kind import NotificationKind
from workers.submission.queued_run import change_queued, refuse_queued

WHY = Outcome(reason=ReasonCode.NOT_DISPLAYABLE)


def test_facts_are_kept_with_what_follows_from_them(services, make_run):
    services.stores.runs.add(make_run())

    changed = change_queued(
        make_run(),
        services,
        NotificationKind.CARD,
        overdue_in=timedelta(seconds=7),
        statement_class="read",
    )

    assert changed == services.stores.runs.get("0a1b2c")
    assert changed.statement_class == "read"
    assert services.stores.outbox.names == ["card:0a1b2c"]
    assert services.stores.runs.overdue_in["0a1b2c"] == timedelta(seconds=7)


@pytest.mark.parametrize("state", [state for state in RunState if state is not RunState.QUEUED])
def test_whoever_stops_it_has_the_last_word(services, make_run, state):
    services.stores.runs.add(make_run(state=state))

    assert change_queued(make_run(), services, statement_class="read") is None
    refuse_queued(make_run(), WHY, services)
    assert services.stores.runs.get("0a1b2c") == make_run(state=state)


def test_a_refusal_is_told_to_the_requester(services, make_run, noon):
    services.stores.runs.add(make_run())
    refuse_queued(make_run(), WHY, services)

    refused = services.stores.runs.get("0a1b2c")
    assert (refused.state, refused.outcome, refused.ended_at) == (RunState.REFUSED, WHY, noon)
    assert services.stores.outbox.names == ["final:0a1b2c", "refusal:0a1b2c"]
    assert services.jobs.enqueued == [("deliver",)]
