"""What Slack must still be told: claimed, coalesced, never lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from redis import Redis

from odps_bot.store import keys
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.outbox import Entry, Outbox

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
