"""An inquiry is answered once, and MaxCompute asked once, however long it takes."""

import threading
from datetime import timedelta
from time import monotonic
from unittest.mock import Mock

import pytest

from odps_bot.messages import Message
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.replies.inquiries import InstanceInquiry
from odps_bot.store import message_leases
from workers.queries import answer_due as answering
from workers.queries.answer_due import answer_due

ALICE, CHANNEL = "U0ALICE", "C0DATAENG1"


@pytest.fixture(params=["logview", "status"])
def ask(request, world):
    """Ask something: a link that is sent at once, or what is delivered by the outbox."""
    inquiry = InstanceInquiry(
        wants=request.param,
        project="sandbox",
        instance_id="i",
        name="r1",
        channel_id=CHANNEL,
        user_id=ALICE,
    )
    replies = world.services.stores.ephemeral_replies
    replies.remember_address("asked", Address(user_id=ALICE, channel_id=CHANNEL))
    replies.ask("asked", inquiry)


def told(world):
    for _ in range(3):
        world.make_all_due()
        world.deliver()
    return [message["text"] for message in world.slack.ephemerals(ALICE)]


def test_an_inquiry_that_takes_longer_than_its_lease_is_answered_once(world, ask, monkeypatch):
    monkeypatch.setattr(message_leases, "POSTING_LEASE", timedelta(milliseconds=100))
    monkeypatch.setattr(answering, "RENEWED_EVERY", timedelta(milliseconds=10))
    asked = []

    def slow(*arguments):
        asked.append(arguments)
        deadline = monotonic() + 0.3
        while len(asked) == 1 and monotonic() < deadline:
            # What the outbox takes back from a worker that seems to be dead.
            world.make_all_due()
            answer_due(world.services)
        return [Message("the answer")]

    monkeypatch.setattr(answering, "answer_inquiry", slow)
    answer_due(world.services)

    assert told(world) == ["the answer"]
    assert len(asked) == 1
    assert not [thread for thread in threading.enumerate() if thread.name == "lease"]


def test_who_was_overtaken_does_not_hand_over_the_answer(world, ask, short_leases, monkeypatch):
    asked = []

    def hung(*_):
        asked.append("once")
        if len(asked) == 1:
            world.make_all_due()
            answer_due(world.services)
            return [Message("the first answer")]
        return [Message("the second answer")]

    monkeypatch.setattr(answering, "answer_inquiry", hung)
    answer_due(world.services)

    assert told(world) == ["the second answer"]
    assert len(asked) == 2
    assert world.waiting() == 0


def test_an_inquiry_whose_worker_died_is_answered_by_another(world, ask, short_leases, monkeypatch):
    monkeypatch.setattr(answering, "answer_inquiry", Mock(side_effect=SystemExit))
    with pytest.raises(SystemExit):
        answer_due(world.services)
    monkeypatch.setattr(answering, "answer_inquiry", lambda *_: [Message("the answer")])

    assert told(world) == ["the answer"]


def test_what_maxcompute_does_not_know_yet_is_asked_again(world, ask, monkeypatch):
    answers = iter([timedelta(seconds=1), timedelta(seconds=1), [Message("the answer")]])
    monkeypatch.setattr(answering, "answer_inquiry", lambda *_: next(answers))
    answer_due(world.services)

    assert told(world) == ["the answer"]
