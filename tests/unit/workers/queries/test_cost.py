"""What a statement would cost, without a worker waiting for it."""

from datetime import timedelta

import pytest

from odps_bot.maxcompute import AmbiguousSubmitError, TaskState
from odps_bot.maxcompute.models.details import SqlCost
from odps_bot.replies.inquiries import CostInquiry
from odps_bot.runs import Estimate
from tests.unit.in_memory import FakeInstance, statuses_of
from workers.queries.cost import answer_cost

SECOND = timedelta(seconds=1)
GOES_ON = FakeInstance("e1", statuses=statuses_of(is_over=False))


@pytest.fixture
def answered(services, noon):
    """Return a function that answers an inquiry; returns the messages, or when to ask again."""

    def answered(**facts):
        usual = {
            "team_id": "T1",
            "channel_id": "C1",
            "user_id": "U1",
            "project": "sandbox",
            "sql": "select 1",
            "requested_at": noon,
        }
        inquiry = CostInquiry(**{**usual, **facts})
        services.stores.ephemeral_replies.ask("q1", inquiry)
        return answer_cost("q1", inquiry, services)

    return answered


def test_maxcompute_is_asked_once_under_the_questions_id(answered, services):
    services.maxcompute.instances |= {"estimate": GOES_ON, "e1": GOES_ON}

    assert answered() == SECOND
    kept = services.stores.ephemeral_replies.inquiry("q1")
    assert kept.instance_id == "e1"
    assert answered(instance_id=kept.instance_id) == SECOND
    assert [sent["guid"] for sent in services.maxcompute.submitted] == ["q1"]


@pytest.mark.parametrize(("seconds", "is_over"), [(299, False), (300, False), (301, True)])
def test_after_five_minutes_the_person_is_told(answered, services, seconds, is_over):
    services.maxcompute.instances["e1"] = GOES_ON
    services.clock.push(seconds * SECOND)
    answer = answered(instance_id="e1")

    assert isinstance(answer, list) is is_over


def test_an_ambiguous_submission_is_asked_about_again(answered, services):
    services.maxcompute.errors = [AmbiguousSubmitError("reset", guid="q1")]

    assert answered() == SECOND


def test_the_estimate_is_kept_so_that_a_click_can_run_it(answered, services):
    cost = SqlCost(input_bytes=5 * 1024**3, complexity=1.0, udf_count=0)
    services.maxcompute.instances["estimate"] = FakeInstance(
        statuses=statuses_of(TaskState.SUCCESS), sql_cost=cost
    )
    [message] = answered()

    assert "5.0 GB" in message.text
    kept = services.stores.ephemeral_replies.inquiry("q1")
    assert kept.estimate == Estimate(input_bytes=5 * 1024**3, complexity=1.0)


def test_a_known_estimate_is_not_asked_for(answered, services):
    assert len(answered(estimate=Estimate(input_bytes=1, complexity=1.0))) == 1
    assert services.maxcompute.submitted == []


def test_why_there_is_none_is_said(answered, services):
    services.maxcompute.instances["estimate"] = FakeInstance(statuses=statuses_of(TaskState.FAILED))

    assert len(answered()) == 1
