"""What of the outbox is delivered in a round, in which order, and what is left for others."""

import threading
from datetime import timedelta

import pytest

from odps_bot.runs import RunState
from odps_bot.slack.time_limit import check_time
from odps_bot.store.notification_kind import NotificationKind as Kind
from odps_bot.store.outbox import Entry
from workers.delivery import deliver
from workers.delivery.deliver import HANDLERS, deliver_all
from workers.delivery.senders import InlineSenders, SenderPool


@pytest.fixture
def delivered(services, monkeypatch):
    """Return a function that delivers so many entries of each kind, and returns those."""
    told = []

    def delivered(**counts):
        for kind, count in counts.items():
            for n in range(count):
                services.stores.outbox.enqueue(Kind(kind), f"r{n}")
        deliver_all(services)
        return [name.partition(":")[0] for name in told]

    def told_in(kind):
        return lambda subject_id, _services: told.append(f"{kind}:{subject_id}")

    monkeypatch.setattr(deliver, "HANDLERS", {kind: told_in(kind) for kind in HANDLERS})
    return delivered


def test_an_inquiry_waits_for_whoever_asks_maxcompute(delivered, services):
    assert delivered(inquiry=1, ephemeral=1) == ["ephemeral"]
    assert services.stores.outbox.names == ["inquiry:r0"]


def test_ends_come_before_progress(delivered):
    assert delivered(progress=1, card=1, completion=1)[-1] == "progress"


@pytest.mark.parametrize(("left", "told"), [(33, 0), (34, 0), (40, 6)])
def test_updates_are_left_to_final_cards_and_boards(delivered, services, left, told):
    services.slack.gateway.left = left

    assert len(delivered(card=6)) == told


@pytest.mark.parametrize(("left", "told"), [(0, 0), (1, 6), (40, 6)])
def test_buttons_of_a_question_appear_while_boards_and_ends_use_up_the_updates(
    delivered, services, left, told
):
    services.slack.gateway.left = left

    assert delivered(question_card=6, board=6).count("question_card") == told


@pytest.mark.parametrize(("left", "told"), [(0, 0), (1, 2), (3, 2)])
def test_final_cards_take_the_last_update_but_need_one(delivered, services, left, told):
    services.slack.gateway.left = left

    assert len(delivered(final=2)) == told


@pytest.mark.parametrize(("left", "told"), [(35, 0), (36, 0), (37, 2)])
def test_updates_are_left_to_what_is_guaranteed(delivered, services, left, told):
    services.slack.gateway.left = left

    assert len(delivered(card_refresh=1, progress=1)) == told


@pytest.mark.parametrize(("second", "first"), [(0, "card_refresh"), (1, "progress")])
def test_cards_and_threads_come_in_turn(delivered, services, second, first):
    services.clock.push(timedelta(seconds=second))

    assert delivered(card_refresh=1, progress=1)[0] == first


def test_a_round_lasts_three_seconds(services, monkeypatch):
    told = []

    def slowly(subject_id, _services):
        told.append(subject_id)
        services.clock.push(timedelta(seconds=1))

    monkeypatch.setattr(deliver, "HANDLERS", dict.fromkeys(HANDLERS, slowly))
    for n in range(5):
        services.stores.outbox.enqueue(Kind.EPHEMERAL, f"a{n}")
    deliver_all(services, InlineSenders(1))

    assert len(told) == 3
    assert len(services.stores.outbox.entries) == 2
    assert services.jobs.named("deliver") == [()]


def test_two_rounds_at_a_time_claim_no_more_than_there_are_senders(services, monkeypatch):
    monkeypatch.setattr(deliver, "HANDLERS", dict.fromkeys(HANDLERS, lambda *_: release.wait(10)))
    release, other_claims = threading.Event(), threading.Event()
    senders, limits = SenderPool(2), []
    other = threading.Thread(target=deliver_all, args=(services, senders))

    def claim(*_shares, limit, **_options):
        limits.append(limit)
        if len(limits) == 1:
            other.start()
            other_claims.wait(0.2)
        other_claims.set()
        return [Entry(Kind.CARD, f"r{n}", "1") for n in range(limit)]

    monkeypatch.setattr(services.stores.outbox, "claim_shares", claim)
    deliver_all(services, senders)
    other.join(10)
    release.set()
    senders.close()

    assert limits == [2]


class LateSenders(InlineSenders):
    """Keeps what it is handed until it is asked to send it."""

    def __init__(self):
        super().__init__()
        self.sends = []

    def send(self, kind, send, *, go_on):
        self.sends.append(send)
        return False


@pytest.mark.parametrize(("waited_s", "may_call"), [(39, True), (41, False)])
def test_what_waits_for_a_sender_is_not_begun_when_its_lease_is_nearly_over(
    services, monkeypatch, waited_s, may_call
):
    called, now_s, senders = [], [0.0], LateSenders()

    def call(_subject_id, _services):
        check_time("chat.postMessage")
        called.append(now_s[0])

    monkeypatch.setattr(deliver, "HANDLERS", dict.fromkeys(HANDLERS, call))
    monkeypatch.setattr("time.monotonic", lambda: now_s[0])
    services.stores.outbox.enqueue(Kind.COMPLETION, "r1")
    deliver_all(services, senders)
    now_s[0] += waited_s
    senders.sends[0]()

    assert bool(called) is may_call
    assert bool(services.stores.outbox.entries) is not may_call


def test_a_final_card_and_its_completion_reach_slack(services, make_run):
    services.stores.message_leases = type("", (), {"reading_update": lambda *_: lambda: None})()
    services.stores.runs.add(make_run(state=RunState.CANCELLED, card_ts="1.0"))
    for kind in (Kind.FINAL, Kind.COMPLETION):
        services.stores.outbox.enqueue(kind, "0a1b2c")
    deliver_all(services)

    assert [update[1] for update in services.slack.gateway.updates] == ["1.0"]
    assert [post[0].kind for post in services.slack.gateway.posts] == [Kind.COMPLETION]
    assert services.stores.outbox.entries == []
