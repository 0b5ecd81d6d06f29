"""What an estimate says, or why there is none."""

import pytest

from odps_bot.maxcompute import ServerError, TaskResult, TaskState
from odps_bot.maxcompute.models.details import SqlCost
from odps_bot.runs import Estimate, Outcome, ReasonCode
from tests.unit.in_memory import FakeInstance, statuses_of
from workers.polling import estimates

ESTIMATED = estimates.Estimated(sql="select a from b", hints={}, projects={"a"})


def poll_estimate(instance):
    return estimates.poll_estimate(instance, ESTIMATED)


def failed(*texts):
    results = {
        str(n): TaskResult(task_name=str(n), format="text", text=text, status=TaskState.FAILED)
        for n, text in enumerate(texts)
    }
    return FakeInstance(statuses=statuses_of(TaskState.FAILED), results=results)


def test_it_is_awaited_until_it_has_ended():
    assert poll_estimate(FakeInstance(statuses=statuses_of(is_over=False))) is None


def test_it_says_input_complexity_and_functions():
    cost = SqlCost(input_bytes=5, complexity=1.5, udf_count=1)
    instance = FakeInstance(statuses=statuses_of(TaskState.SUCCESS), sql_cost=cost)

    assert poll_estimate(instance) == Estimate(input_bytes=5, complexity=1.5, udf_count=1)


@pytest.mark.parametrize(
    ("texts", "detail"), [((" a \n", "b"), "a\nb"), ((), ""), (("x" * 8_001,), "x" * 8_000)]
)
def test_a_failure_is_told_in_maxcomputes_words(texts, detail):
    assert poll_estimate(failed(*texts)) == Outcome(
        reason=ReasonCode.ESTIMATE_FAILED, detail=detail
    )


def test_what_can_never_run_is_told_apart():
    said = "ODPS-0130131:[1,15] Table not found - table a.b cannot be resolved"

    assert poll_estimate(failed(said)) == Outcome(reason=ReasonCode.COMPILE_ERROR, detail=said)


def test_words_that_cannot_be_read_are_none():
    instance = FakeInstance(
        statuses=statuses_of(TaskState.FAILED), results=ServerError("busy", http_status=503)
    )

    assert poll_estimate(instance) == Outcome(reason=ReasonCode.ESTIMATE_FAILED)
