"""A refusal of MaxCompute's is an answer too."""

import pytest

from odps_bot.maxcompute import NotFoundError, PermissionDeniedError
from odps_bot.messages import Message
from odps_bot.messages.replies.list_choice import ListChoice
from odps_bot.replies.inquiries import CostInquiry, InstanceInquiry, ListInquiry
from workers.queries import inquiry as module
from workers.queries.inquiry import answer_inquiry

PLACE = {"channel_id": "C1", "user_id": "U1"}


def about(kind, noon):
    if kind == "cost":
        return CostInquiry(**PLACE, team_id="T1", project="ads", sql="select 1", requested_at=noon)
    if kind == "list":
        return ListInquiry(**PLACE, team_id="T1", choice=ListChoice())
    return InstanceInquiry(**PLACE, wants=kind, project="ads", instance_id="20261122g", name="r7")


@pytest.fixture(autouse=True)
def _everybody_may_see(monkeypatch):
    monkeypatch.setattr(module, "require_visible", lambda *_args: None)


def failing(error):
    def fail(*_args):
        raise error

    return fail


@pytest.mark.parametrize("kind", ["status", "logview", "xflow"])
def test_each_question_has_its_answer(services, noon, monkeypatch, kind):
    monkeypatch.setattr(module, f"answer_{kind}", lambda *_args: Message(kind))

    assert answer_inquiry("q1", about(kind, noon), services) == [Message(kind)]


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("cost", "The estimate in `ads`"),
        ("list", "The list of jobs"),
        ("status", "`r7`"),
    ],
)
def test_a_refusal_names_what_was_asked_and_why(services, noon, monkeypatch, kind, subject):
    error = PermissionDeniedError("no <!channel>", http_status=403)
    monkeypatch.setattr(module, f"answer_{kind}", failing(error))
    [message] = answer_inquiry("q1", about(kind, noon), services)

    assert f"{subject}:" in message.text
    assert "<!channel>" not in message.text


def test_an_instance_that_is_not_there_is_said_so(services, noon, monkeypatch):
    monkeypatch.setattr(module, "answer_status", failing(NotFoundError("no", http_status=404)))
    [message] = answer_inquiry("q1", about("status", noon), services)

    assert "20261122g" in message.text
