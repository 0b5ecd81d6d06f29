"""What Slack must still be told: claimed, coalesced, never lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from redis import Redis

from odps_bot.store import keys
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.outbox import Entry, Outbox, Share
from odps_bot.store.rate_limits import UPDATE_LIMIT, RateLimiter

LEASE = timedelta(seconds=60)
NO_TIME = timedelta(0)


@pytest.fixture
def outbox(redis: Redis) -> Outbox:
    return Outbox(redis)


def claim(outbox: Outbox) -> list[Entry]:
    return outbox.claim(limit=len(NotificationKind), lease=LEASE)


def claimed(outbox: Outbox) -> list[str]:
    return [str(entry) for entry in claim(outbox)]


def test_ten_changes_of_a_card_make_one_edit(outbox: Outbox) -> None:
    for _ in range(10):
        outbox.enqueue(NotificationKind.CARD, "run1")

    assert claimed(outbox) == ["card:run1"]


def test_what_is_told_is_forgotten(outbox: Outbox, redis: Redis) -> None:
    outbox.enqueue(NotificationKind.CARD, "run1")

    [entry] = claim(outbox)
    outbox.ack(entry)

    assert not outbox.is_due()
    assert redis.exists(keys.outbox("card"), keys.outbox_versions()) == 0


def test_what_changes_while_it_is_told_is_told_again(outbox: Outbox) -> None:
    outbox.enqueue(NotificationKind.CARD, "run1")
    [entry] = claim(outbox)

    outbox.enqueue(NotificationKind.CARD, "run1")
    outbox.ack(entry)

    assert outbox.is_due()
    assert claimed(outbox) == ["card:run1"]


def test_what_changes_while_it_is_told_is_due_at_once(outbox: Outbox) -> None:
    outbox.enqueue(NotificationKind.CARD, "run1")
    claim(outbox)

    outbox.enqueue(NotificationKind.CARD, "run1")

    assert outbox.is_due()


def test_a_slow_deliverer_does_not_forget_what_a_quick_one_has_not_told(outbox: Outbox) -> None:
    outbox.enqueue(NotificationKind.CARD, "run1")
    [slow] = claim(outbox)
    outbox.enqueue(NotificationKind.CARD, "run1")
    [quick] = claim(outbox)
    outbox.ack(quick)
    outbox.enqueue(NotificationKind.CARD, "run1")

    outbox.ack(slow)

    assert claimed(outbox) == ["card:run1"]


def test_what_a_dead_deliverer_had_claimed_comes_back(outbox: Outbox) -> None:
    outbox.enqueue(NotificationKind.COMPLETION, "run1")

    outbox.claim(limit=10, lease=NO_TIME)

    assert claimed(outbox) == ["completion:run1"]


def test_what_is_claimed_belongs_to_one_deliverer(outbox: Outbox) -> None:
    for n in range(100):
        outbox.enqueue(NotificationKind.CARD, f"run{n}")

    with ThreadPoolExecutor(8) as pool:
        claims = pool.map(lambda _: claimed(outbox), range(20))
    entries = [entry for entries in claims for entry in entries]

    assert len(entries) == 100
    assert len(set(entries)) == 100


def test_the_most_important_comes_first(outbox: Outbox) -> None:
    for kind in reversed(NotificationKind):
        outbox.enqueue(kind, "x")

    assert [entry.kind for entry in claim(outbox)] == list(NotificationKind)


def test_what_is_postponed_is_not_due_until_then(outbox: Outbox) -> None:
    outbox.enqueue(NotificationKind.CARD, "run1")
    [entry] = claim(outbox)

    outbox.requeue(entry, timedelta(minutes=1))
    later = outbox.is_due()
    outbox.requeue(entry, NO_TIME)

    assert not later
    assert claimed(outbox) == ["card:run1"]


def test_what_somebody_else_has_told_is_not_postponed(outbox: Outbox) -> None:
    outbox.enqueue(NotificationKind.CARD, "run1")
    [entry] = claim(outbox)
    outbox.ack(entry)

    outbox.requeue(entry, NO_TIME)

    assert not outbox.is_due()


@pytest.mark.parametrize("unreadable", ["nonsense:run1", "card", "card:", ":", "", b"\xff\xfe:x"])
def test_what_nobody_can_read_is_forgotten(
    outbox: Outbox, redis: Redis, unreadable: str | bytes
) -> None:
    redis.zadd(keys.outbox("card"), {unreadable: 0})
    redis.hset(keys.outbox_versions(), unreadable, 1)
    outbox.enqueue(NotificationKind.CARD, "run1")

    [entry] = claim(outbox)
    outbox.ack(entry)

    assert str(entry) == "card:run1"
    assert redis.exists(keys.outbox("card"), keys.outbox_versions()) == 0


def test_an_id_may_contain_a_colon(outbox: Outbox) -> None:
    outbox.enqueue(NotificationKind.EPHEMERAL, "a:b:c")

    [entry] = claim(outbox)

    assert entry.subject_id == "a:b:c"


def test_a_full_outbox_does_not_let_progress_pass_before_an_end(outbox: Outbox) -> None:
    for n in range(50):
        outbox.enqueue(NotificationKind.PROGRESS, f"run{n}")
    outbox.enqueue(NotificationKind.COMPLETION, "run1")

    kinds = [entry.kind for entry in claim(outbox)]

    assert kinds[0] is NotificationKind.COMPLETION


@pytest.mark.parametrize("kind", NotificationKind)
def test_what_version_02_has_put_is_claimed_and_done(
    outbox: Outbox, redis: Redis, kind: NotificationKind
) -> None:
    former = {"ephemeral": "answer", "alert": "notice", "card_refresh": "moved"}.get(kind, kind)
    redis.zadd(f"odps-bot:outbox:{former}", {f"{former}:x1": 0})
    redis.hset("odps-bot:outbox-marks", f"{former}:x1", "1-1")

    [entry] = outbox.claim(limit=10, lease=LEASE)

    assert entry == Entry(kind, "x1", "1-1")
    assert str(entry) == f"{kind}:x1"
    outbox.ack(entry)
    assert not redis.exists(f"odps-bot:outbox:{former}", "odps-bot:outbox-marks")


def test_what_is_enqueued_while_it_is_sent_is_not_put_off(outbox: Outbox) -> None:
    outbox.enqueue(NotificationKind.ALERT, "sandbox T1 C1")
    [entry] = outbox.claim(limit=1, lease=LEASE)
    outbox.enqueue(NotificationKind.ALERT, "sandbox T1 C1")

    assert outbox.requeue(entry, timedelta(hours=1))
    assert claimed(outbox) == ["alert:sandbox T1 C1"]


def test_what_somebody_else_has_claimed_since_keeps_its_lease(outbox: Outbox) -> None:
    outbox.enqueue(NotificationKind.CARD, "run1")
    [slow] = claim(outbox)
    outbox.enqueue(NotificationKind.CARD, "run1")
    claim(outbox)

    assert not outbox.requeue(slow, NO_TIME)
    assert not outbox.ack(slow)
    assert claimed(outbox) == []


def test_whoever_is_done_knows_whether_something_is_due(outbox: Outbox) -> None:
    for run_id in ("run1", "run2"):
        outbox.enqueue(NotificationKind.CARD, run_id)
    one, two = claim(outbox)

    assert not outbox.ack(one)
    outbox.enqueue(NotificationKind.INQUIRY, "asks1")
    assert not outbox.requeue(two, timedelta(minutes=1))
    outbox.enqueue(NotificationKind.COMPLETION, "run1")
    assert outbox.requeue(two, timedelta(minutes=1))


class TestShares:
    CARDS = Share(kinds=(NotificationKind.FINAL,), updates_left=0)
    REPLIES = Share(kinds=(NotificationKind.EPHEMERAL, NotificationKind.REFUSAL), most=3)
    BEST_EFFORT = Share(
        kinds=(NotificationKind.CARD_REFRESH, NotificationKind.PROGRESS),
        updates_left=10,
        is_in_turn=True,
    )

    @pytest.fixture
    def shared(self, outbox: Outbox):
        """Return a function that claims by shares, with a limit of updates."""

        def shared(**counts: int) -> list[str]:
            for kind, count in counts.items():
                outbox.enqueue_all(NotificationKind(kind), [f"{n}" for n in range(count)])
            rest = Share(kinds=(NotificationKind.COMPLETION,))
            shares = [self.REPLIES, rest, self.CARDS, self.BEST_EFFORT]
            found = outbox.claim_shares(shares, limit=16, lease=LEASE, update_limit=UPDATE_LIMIT)
            return [entry.kind.value for entry in found]

        return shared

    def test_of_one_share_no_more_is_claimed_than_it_may_have(self, shared) -> None:
        found = shared(ephemeral=2, refusal=9, completion=2)

        assert found == ["ephemeral"] * 2 + ["refusal"] + ["completion"] * 2

    def test_what_takes_an_update_waits_until_there_is_one(self, shared, redis: Redis) -> None:
        limiter = RateLimiter(redis)
        for _ in range(UPDATE_LIMIT.burst - 2):
            limiter.take(UPDATE_LIMIT)

        assert shared(final=9, completion=1) == ["completion", "final", "final"]

    def test_what_may_be_dropped_gets_what_the_others_leave(self, shared) -> None:
        assert shared(completion=16, progress=1, card_refresh=1) == ["completion"] * 16
        assert sorted(shared()) == ["card_refresh", "progress"]

    def test_what_may_be_dropped_comes_first_in_turn(self, shared, redis: Redis) -> None:
        def first() -> tuple[int, str]:
            # Claimed and asked for within one second of Redis' clock.
            while True:
                before, found, after = (
                    redis.time()[0],
                    shared(card_refresh=1, progress=1),
                    redis.time()[0],
                )
                if before == after:
                    return before % 2, found[0]

        parity, kind = first()
        assert kind == ("card_refresh", "progress")[parity]

    def test_what_may_be_dropped_leaves_updates(self, shared, redis: Redis) -> None:
        limiter = RateLimiter(redis)
        for _ in range(UPDATE_LIMIT.burst - 12):
            limiter.take(UPDATE_LIMIT)

        assert shared(card_refresh=9) == ["card_refresh"] * 2


def test_the_oldest_entry_of_a_kind_is_known_by_when_it_was_enqueued(outbox: Outbox) -> None:
    outbox.enqueue(NotificationKind.ALERT, "sandbox T1 C1")
    [entry] = claim(outbox)
    outbox.requeue(entry, timedelta(hours=1))

    oldest = outbox.oldest()
    assert set(oldest) == set(NotificationKind)
    assert NO_TIME < oldest[NotificationKind.ALERT] < timedelta(minutes=1)
    assert oldest[NotificationKind.CARD] == NO_TIME


def test_versions_that_nobody_can_read_have_no_age(outbox: Outbox, redis: Redis) -> None:
    redis.hset(keys.outbox_versions(), mapping={"card:run1": "1-1", "nonsense": "1.1"})

    assert set(outbox.oldest().values()) == {NO_TIME}
