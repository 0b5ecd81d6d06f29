"""What people have asked is answered side by side, and the answer is given to the outbox."""

import threading
from datetime import timedelta
from types import MappingProxyType, SimpleNamespace

import pytest

from odps_bot.job_deadline import job_deadline, time_left
from odps_bot.messages import Message
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.replies.inquiries import InstanceInquiry
from odps_bot.store.notification_kind import NotificationKind as Kind
from workers.queries import answer_due as module
from workers.queries.answer_due import answer_due


class Lease:
    """The lease of one who answers, whom nobody overtakes."""

    attempts = MappingProxyType({})

    def renew(self, _attempts=None, *, span=None):
        return True

    def end(self):
        pass


@pytest.fixture
def ask(services):
    """Return a function that asks something."""
    services.stores.message_leases = SimpleNamespace(begin_post=lambda *_: Lease())

    def ask(name, *, is_reachable=True, wants="status"):
        inquiry = InstanceInquiry(
            wants=wants,
            project="sandbox",
            instance_id="i",
            name="i",
            channel_id="C1",
            user_id="U1",
        )
        services.stores.ephemeral_replies.ask(name, inquiry)
        if is_reachable:
            services.stores.ephemeral_replies.remember_address(name, Address(user_id="U1"))
        services.stores.outbox.enqueue(Kind.INQUIRY, name)

    return ask


def test_an_answer_is_given_with_its_fallbacks(services, ask, monkeypatch):
    answer = [Message("best"), Message("plain")]
    monkeypatch.setattr(module, "answer_inquiry", lambda *_args: answer)
    for n in range(9):
        ask(f"q{n}")
    answer_due(services)

    assert services.stores.ephemeral_replies.given == {f"q{n}": answer for n in range(9)}
    assert services.stores.outbox.entries == []
    assert services.jobs.named("deliver")


def test_what_is_not_known_yet_is_asked_again(services, ask, monkeypatch):
    monkeypatch.setattr(module, "answer_inquiry", lambda *_args: timedelta(seconds=1))
    ask("q1")
    answer_due(services)

    assert services.stores.outbox.delays == {"inquiry:q1": timedelta(seconds=1)}


def test_nobody_is_asked_for_those_who_cannot_be_told(services, ask, monkeypatch):
    monkeypatch.setattr(module, "answer_inquiry", None)
    ask("q1", is_reachable=False)
    answer_due(services)

    assert services.stores.outbox.entries == []
    assert services.stores.ephemeral_replies.given == {}


def test_a_link_with_a_token_is_sent_and_never_stored(services, ask, monkeypatch):
    monkeypatch.setattr(module, "answer_inquiry", lambda *_args: [Message("link")])
    ask("q1", wants="logview")
    answer_due(services)

    assert [said for _, said in services.slack.gateway.replies] == [[Message("link")]]
    assert services.stores.ephemeral_replies.given == {}
    assert [line.what for line in services.stores.audit.lines] == ["ephemeral"]


def test_an_inquiry_that_hangs_holds_up_no_later_one(services, ask, monkeypatch):
    answered, is_over = [], threading.Event()

    def answer(name, *_):
        if name == "hanging":
            ask("later")
            assert is_over.wait(10)
        if name == "later":
            is_over.set()
        answered.append(name)
        return [Message("the answer")]

    monkeypatch.setattr(module, "answer_inquiry", answer)
    ask("hanging")
    answer_due(services)

    assert answered == ["later", "hanging"]
    assert services.stores.outbox.entries == []


def test_an_inquiry_is_asked_only_as_long_as_its_job_lasts(services, ask, monkeypatch):
    found = []
    monkeypatch.setattr(module, "answer_inquiry", lambda *_: found.append(time_left()) or [])
    monkeypatch.setattr(module, "_hand_over", lambda *_: None)
    ask("q1")
    with job_deadline(timedelta(seconds=55)):
        answer_due(services)

    assert timedelta(seconds=50) < found[0] <= timedelta(seconds=55)


def test_no_inquiry_is_begun_that_its_job_could_not_answer(services, ask, monkeypatch):
    monkeypatch.setattr(module, "answer_inquiry", None)
    ask("q1")
    with job_deadline(timedelta(seconds=10)):
        answer_due(services)

    assert len(services.stores.outbox.entries) == 1
