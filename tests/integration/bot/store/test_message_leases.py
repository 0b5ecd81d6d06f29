"""Leases on posts, and turns for edits."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from redis import Redis

from odps_bot.store import keys
from odps_bot.store.message_leases import MessageLeases, PostState


@pytest.fixture
def leases(redis: Redis) -> MessageLeases:
    return MessageLeases(redis)


def let_the_lease_run_out(redis: Redis) -> None:
    redis.set(keys.post_lease("card", "run1"), 1, ex=60)


def test_a_post_is_new_and_then_elsewhere(leases: MessageLeases) -> None:
    tries = [leases.begin_post("card", "run1") for _ in range(3)]

    assert tries == [PostState.NEW, PostState.IN_PROGRESS, PostState.IN_PROGRESS]


def test_of_many_deliverers_one_posts(leases: MessageLeases) -> None:
    with ThreadPoolExecutor(16) as pool:
        tries = list(pool.map(lambda _: leases.begin_post("card", "run1"), range(64)))

    assert tries.count(PostState.NEW) == 1
    assert tries.count(PostState.IN_PROGRESS) == 63


def test_a_post_whose_outcome_is_unknown_is_suspect_when_the_lease_is_over(
    leases: MessageLeases, redis: Redis
) -> None:
    leases.begin_post("card", "run1")
    let_the_lease_run_out(redis)

    with ThreadPoolExecutor(16) as pool:
        tries = list(pool.map(lambda _: leases.begin_post("card", "run1"), range(64)))

    assert tries.count(PostState.UNKNOWN) == 1
    assert tries.count(PostState.IN_PROGRESS) == 63


def test_a_post_whose_fate_is_known_is_new_again(leases: MessageLeases) -> None:
    leases.begin_post("card", "run1")

    leases.end_post("card", "run1")

    assert leases.begin_post("card", "run1") is PostState.NEW


def test_posts_of_other_runs_and_kinds_do_not_wait(leases: MessageLeases) -> None:
    leases.begin_post("card", "run1")

    assert leases.begin_post("card", "run2") is PostState.NEW
    assert leases.begin_post("completion", "run1") is PostState.NEW


def test_an_open_fate_is_remembered_for_a_day(leases: MessageLeases, redis: Redis) -> None:
    leases.begin_post("card", "run1")

    day_s = timedelta(days=1).total_seconds()
    assert redis.ttl(keys.post_lease("card", "run1")) == pytest.approx(day_s, abs=5)


def test_the_lease_of_a_post_is_half_a_minute(leases: MessageLeases, redis: Redis) -> None:
    seconds, _ = redis.time()
    leases.begin_post("card", "run1")
    until_s = float(redis.get(keys.post_lease("card", "run1")) or 0)
    later_seconds, _ = redis.time()

    assert seconds + 30 <= until_s <= later_seconds + 31


def test_a_card_is_edited_once_in_a_while(leases: MessageLeases, redis: Redis) -> None:
    first, second = (
        leases.begin_update_interval("card", "run1"),
        leases.begin_update_interval("card", "run1"),
    )
    other = leases.begin_update_interval("card", "run2")
    redis.pexpire(keys.update_turn("card", "run1"), 0)

    assert (first, second, other) == (True, False, True)
    assert leases.begin_update_interval("card", "run1")


def test_an_edit_is_under_way_until_its_fate_is_known(leases: MessageLeases) -> None:
    leases.begin_update("run1")
    left, other = leases.update_under_way("run1"), leases.update_under_way("run2")
    leases.end_update("run1")

    assert left is not None
    assert timedelta(0) < left <= timedelta(seconds=30)
    assert other is None
    assert leases.update_under_way("run1") is None
