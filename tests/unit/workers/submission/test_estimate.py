"""A run is estimated without holding a job, for five minutes at most."""

from datetime import timedelta

import pytest

from odps_bot.maxcompute import (
    AmbiguousSubmitError,
    ConnectionFailedError,
    HeldBackError,
    InvalidRequestError,
    TaskResult,
    TaskState,
    ThrottledError,
)
from odps_bot.maxcompute.models.details import SqlCost
from odps_bot.runs import Estimate, Outcome, ReasonCode, RunState
from tests.unit.in_memory import FakeInstance, statuses_of
from workers.submission.estimate import estimate_run

SECOND = timedelta(seconds=1)


@pytest.fixture
def estimated(services, make_run):
    """Return a function that estimates a run, and returns it as it was kept."""

    def estimated(**facts):
        run = make_run(**facts)
        services.stores.runs.add(run)
        found = estimate_run(run, services)
        assert found is None or found == services.stores.runs.get(run.run_id)
        return found

    return estimated


def test_only_one_statement_of_sql_is_estimated(estimated, services):
    script = estimated(sql="select 1; select 2")
    pai = estimated(sql="pai -name Split")

    assert script.no_estimate == Outcome(reason=ReasonCode.SEVERAL_STATEMENTS)
    assert pai.no_estimate == Outcome(reason=ReasonCode.NO_SQL)
    assert services.maxcompute.submitted == []


def test_the_estimate_of_maxcompute_is_kept(estimated, services):
    services.maxcompute.instances["estimate"] = FakeInstance(
        statuses=statuses_of(TaskState.SUCCESS),
        sql_cost=SqlCost(input_bytes=1_000, complexity=1.5, udf_count=2),
    )
    run = estimated()

    assert run.estimate == Estimate(input_bytes=1_000, complexity=1.5, udf_count=2)
    assert services.jobs.enqueued == []


def test_a_repetition_asks_for_the_same_estimate(estimated, services):
    services.maxcompute.instances["estimate"] = FakeInstance(statuses=statuses_of(is_over=False))
    estimated()
    estimated()

    first, second = services.maxcompute.submitted
    assert first["guid"] == second["guid"] != "0a1b2c"
    assert len(first["guid"]) == 24


def test_while_it_is_not_there_the_run_is_looked_at_each_second(estimated, services, noon):
    services.maxcompute.instances["estimate"] = FakeInstance(
        id="e1", statuses=statuses_of(is_over=False)
    )

    assert estimated() is None
    assert services.jobs.enqueued == [("submit_run", "0a1b2c", SECOND), ("deliver",)]
    kept = services.stores.runs.get("0a1b2c")
    assert (kept.estimate_id, kept.estimate_requested_at) == ("e1", noon)
    assert services.stores.outbox.names == ["card:0a1b2c"]


def test_the_card_says_once_that_it_is_being_estimated(estimated, services, noon):
    services.maxcompute.instances["e1"] = FakeInstance(statuses=statuses_of(is_over=False))

    assert estimated(estimate_id="e1", estimate_requested_at=noon - SECOND) is None
    assert services.stores.outbox.names == []
    assert services.maxcompute.submitted == []


@pytest.mark.parametrize(("seconds", "is_given_up"), [(299, False), (300, False), (301, True)])
def test_after_five_minutes_it_is_decided_without(estimated, services, noon, seconds, is_given_up):
    services.maxcompute.instances["e1"] = FakeInstance(statuses=statuses_of(is_over=False))
    run = estimated(estimate_id="e1", estimate_requested_at=noon - seconds * SECOND)

    assert (run is not None) is is_given_up
    if run:
        assert run.no_estimate == Outcome(reason=ReasonCode.ESTIMATE_TOO_SLOW)


@pytest.mark.parametrize(
    "error",
    [
        AmbiguousSubmitError("reset", guid="g"),
        ConnectionFailedError("no route", was_sent=False),
    ],
)
def test_an_error_that_passes_is_waited_for(estimated, services, error):
    services.maxcompute.errors = [error]

    assert estimated() is None
    assert services.jobs.named("submit_run") == [("0a1b2c", SECOND)]


@pytest.mark.parametrize(
    "error",
    [
        HeldBackError("does not respond", retry_after=7 * SECOND),
        ThrottledError("slow down", http_status=429, retry_after=7 * SECOND),
    ],
)
def test_while_maxcompute_takes_nothing_the_run_waits(estimated, services, noon, error):
    services.maxcompute.errors = [error]

    assert estimated(estimate_requested_at=noon - timedelta(minutes=6)) is None
    assert services.jobs.named("submit_run") == [("0a1b2c", 7 * SECOND)]
    kept = services.stores.runs.get("0a1b2c")
    assert (kept.held_back_since, kept.estimate_requested_at) == (noon, None)
    assert services.stores.outbox.names == ["card:0a1b2c"]


def test_who_has_its_estimate_waits_no_longer(estimated, services, noon):
    services.maxcompute.instances["estimate"] = FakeInstance(
        statuses=statuses_of(TaskState.SUCCESS),
        sql_cost=SqlCost(input_bytes=1_000, complexity=1.5, udf_count=2),
    )

    assert estimated(held_back_since=noon - SECOND).held_back_since is None


def test_a_refusal_of_maxcompute_is_why_there_is_none(estimated, services):
    services.maxcompute.errors = [InvalidRequestError("x" * 9_000, http_status=400)]
    run = estimated()

    assert run.no_estimate.reason is ReasonCode.ESTIMATE_FAILED
    assert run.no_estimate.detail == "x" * 8_000


NOT_FOUND = "ODPS-0130131:[1,15] Table not found - table sandbox.b cannot be resolved"


def test_a_run_that_can_never_run_fails_at_once(estimated, services, noon):
    failed = TaskResult(task_name="t", format="text", text=NOT_FOUND, status=TaskState.FAILED)
    services.maxcompute.instances["estimate"] = FakeInstance(
        statuses=statuses_of(TaskState.FAILED), results={"t": failed}
    )

    assert estimated() is None
    kept = services.stores.runs.get("0a1b2c")
    assert (kept.state, kept.ended_at, kept.instance_id) == (RunState.FAILED, noon, None)
    assert kept.outcome == Outcome(reason=ReasonCode.COMPILE_ERROR, detail=NOT_FOUND)
    assert set(services.stores.outbox.names) == {"final:0a1b2c", "completion:0a1b2c"}
    assert services.jobs.named("submit_run") == []


def test_so_does_one_whose_estimate_is_refused_for_it(estimated, services):
    error = "ODPS-0130161:[1,10] Parse exception - invalid token 'frm'"
    services.maxcompute.errors = [InvalidRequestError(error, http_status=400, code="ParseError")]

    assert estimated(sql="select 1 frm t") is None
    kept = services.stores.runs.get("0a1b2c")
    assert kept.outcome.reason is ReasonCode.COMPILE_ERROR
    assert kept.outcome.detail.startswith("ParseError: ODPS-0130161:[1,10]")
