"""What happened is counted once, whatever becomes of the subscription meanwhile."""

from datetime import UTC, datetime

import msgspec
import pytest
from redis import Redis

from odps_bot.alerts import digests as module
from odps_bot.alerts.digests import Digest, DigestStore, InstanceEvent, Outcome
from odps_bot.store import keys

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CHANNEL = "sandbox T1 C1"


@pytest.fixture
def digests(redis: Redis) -> DigestStore:
    return DigestStore(redis)


def failure(name: str) -> InstanceEvent:
    return InstanceEvent(outcome=Outcome.FAILED, instance_id=name, at=NOON, fingerprint=name)


def test_what_happened_after_a_new_subscription_is_not_dropped_by_an_old_reader(digests):
    digests.add(CHANNEL, failure("before"))
    taken = []

    def decide(digest, events):
        if not taken:
            # Unsubscribed and subscribed again, and something fails: all while this one reads.
            digests.forget(CHANNEL)
            digests.add(CHANNEL, failure("after"))
        taken.append([event.instance_id for event in events])
        return msgspec.structs.replace(digest, posted_at=NOON)

    digests.take_events(CHANNEL, decide)

    assert taken == [["before"], ["after"]]


def test_a_forgotten_digest_is_empty_and_notified_of_nothing_twice(digests, redis):
    digests.add(CHANNEL, failure("i1"))
    digests.change(CHANNEL, lambda digest: msgspec.structs.replace(digest, posted_at=NOON))
    digests.forget(CHANNEL)
    digests.add(CHANNEL, failure("i1"))

    assert digests.get(CHANNEL) == Digest()
    assert redis.llen(keys.pending_events(CHANNEL)) == 0
    assert 0 < redis.ttl(keys.digest(CHANNEL)) <= keys.digest.life_s


def test_a_digest_is_written_again_after_it_was_forgotten(digests):
    for _ in range(2):
        digests.change(CHANNEL, lambda digest: msgspec.structs.replace(digest, posted_at=NOON))
        assert digests.get(CHANNEL).posted_at == NOON
        digests.forget(CHANNEL)


def test_while_nobody_delivers_no_more_events_wait_than_can_be_told(digests, redis, monkeypatch):
    monkeypatch.setattr(module, "MOST_PENDING", 3)
    for number in range(5):
        digests.add(CHANNEL, failure(f"i{number}"))
    taken = []
    digests.take_events(CHANNEL, lambda digest, events: taken.extend(events) or digest)
    digests.add(CHANNEL, failure("i4"))

    assert [event.instance_id for event in taken] == ["i0", "i1", "i2"]
    assert redis.llen(keys.pending_events(CHANNEL)) == 1
