"""Whoever does not respond to what we send delays nobody else's cards and ends."""

import socket
import threading
from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest

from odps_bot.messages import Message
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.runs.record import encode_run
from odps_bot.store import keys
from odps_bot.store.notification_kind import NotificationKind
from workers.delivery import deliver
from workers.delivery.deliver import REPLIES, REPLIES_AT_ONCE, deliver_all
from workers.delivery.senders import SENDERS, SenderPool

CHANNEL, ALICE = "C0DATAENG1", "U0ALICE"
PATIENCE_S = 20


class Silent:
    """A server that takes connections and says nothing, until it is closed."""

    def __init__(self):
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._taken, self._connected = [], threading.Semaphore(0)
        self._thread = threading.Thread(target=self._take)
        self._thread.start()

    def _take(self):
        while True:
            try:
                self._taken.append(self._listening.accept()[0])
            except OSError:
                return
            self._connected.release()

    @property
    def connections(self):
        return len(self._taken)

    def wait_for(self, count):
        for _ in range(count):
            assert self._connected.acquire(timeout=PATIENCE_S)

    def close(self):
        if not self._thread.is_alive():
            return
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()
        for connection in self._taken:
            connection.close()


@pytest.fixture
def silent():
    server = Silent()
    yield server
    server.close()


@pytest.fixture
def senders(silent):
    pool = SenderPool()
    yield pool
    # First, or the pool would wait until it has waited long enough.
    silent.close()
    pool.close()


@pytest.fixture
def reply(world):
    """Return a function that has somebody replied to by this response_url."""

    def reply(number, response_url):
        address = Address(user_id=ALICE, channel_id=CHANNEL, response_url=response_url)
        replies = world.services.stores.ephemeral_replies
        replies.remember_address(f"asks{number}", address)
        replies.give(f"asks{number}", Message(f"reply {number}"))

    return reply


@pytest.fixture
def wait_for(monkeypatch):
    """Return a function that returns an event: something of this kind was handled."""

    def wait_for(kind):
        handled, handler = threading.Event(), deliver.HANDLERS[kind]

        def handle(subject_id, services):
            delay = handler(subject_id, services)
            handled.set()
            return delay

        monkeypatch.setitem(deliver.HANDLERS, kind, handle)
        return handled

    return wait_for


def test_cards_are_updated_while_twenty_response_urls_hang(world, silent, senders, reply, wait_for):
    for number in range(20):
        reply(number, f"{silent.url}/{number}")
    deliver_all(world.services, senders)
    silent.wait_for(REPLIES_AT_ONCE)

    assert senders.busy_with(REPLIES) == REPLIES_AT_ONCE
    assert senders.free() == SENDERS - REPLIES_AT_ONCE
    run = world.submit(world.ask("run select 1 as one"))
    world.services.stores.outbox.enqueue(NotificationKind.CARD, run.run_id)
    updated = wait_for(NotificationKind.CARD)
    deliver_all(world.services, senders)
    assert updated.wait(PATIENCE_S)
    assert senders.busy_with(REPLIES) == REPLIES_AT_ONCE


def test_a_reply_whose_response_url_is_silent_twice_is_an_ephemeral_message(world, reply):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    reply(1, f"http://127.0.0.1:{port}/1")
    world.deliver()
    after_one = world.slack.ephemerals(ALICE)
    redis = world.services.redis
    for key in redis.scan_iter("odps-bot:receiver:*"):
        redis.hdel(key, "until")
    world.make_all_due()
    world.deliver()

    assert after_one == []
    assert [message["text"] for message in world.slack.ephemerals(ALICE)] == ["reply 1"]
    assert world.waiting() == 0


def test_of_many_ends_in_one_channel_each_waits_for_a_second_of_its_own(world):
    first = world.finish(world.ask("run select 1 as one"))
    template = msgspec.structs.replace(world.run(first.run_id), completion_ts=None)
    world.make_all_due()
    redis = world.services.redis
    for number in range(60):
        run = msgspec.structs.replace(template, run_id=f"{number:024x}", name=f"r{number + 10}")
        redis.hset(keys.run(run.run_id), mapping={"record": encode_run(run), "revision": 1})
        world.services.stores.outbox.enqueue(NotificationKind.COMPLETION, run.run_id)
    world.deliver()

    waiting = redis.zrange(keys.outbox(NotificationKind.COMPLETION), 0, -1, withscores=True)
    assert 50 < len(waiting) < 60
    due_s = [score for _, score in waiting]
    gaps = [later - earlier for earlier, later in pairwise(due_s)]
    assert min(gaps) > 0.5
    assert timedelta(seconds=len(gaps) - 3) < timedelta(seconds=due_s[-1] - due_s[0])


def test_only_two_calls_to_a_channel_that_hangs_are_under_way(world, silent, senders, monkeypatch):
    for _ in range(6):
        run = world.submit(world.ask("run select 1 as one"))
        world.services.stores.outbox.enqueue(NotificationKind.CARD, run.run_id)
    update, put_off = deliver.HANDLERS[NotificationKind.CARD], threading.Semaphore(0)

    def count(subject_id, services):
        try:
            return update(subject_id, services)
        finally:
            put_off.release()

    monkeypatch.setitem(deliver.HANDLERS, NotificationKind.CARD, count)
    client = world.services.slack.gateway._client
    monkeypatch.setattr(client, "base_url", f"{silent.url}/")
    deliver_all(world.services, senders)
    silent.wait_for(2)

    for _ in range(4):
        assert put_off.acquire(timeout=PATIENCE_S)
    assert silent.connections == 2
    assert senders.free() >= SENDERS - 6
