"""Leases on posts, and turns for edits."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from odps_bot.store import keys, message_leases
from odps_bot.store.message_leases import ANYWHERE, Attempt, MessageLeases, PostLease


@pytest.fixture
def leases(redis: Redis) -> MessageLeases:
    return MessageLeases(redis)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease is over at once."""
    monkeypatch.setattr(message_leases, "POSTING_LEASE", timedelta(0))


def begin(leases: MessageLeases, kind: str = "card", run_id: str = "run1") -> PostLease:
    lease = leases.begin_post(kind, run_id, "C1 1.1")
    assert lease is not None
    return lease


def test_of_many_deliverers_one_posts(leases: MessageLeases) -> None:
    with ThreadPoolExecutor(16) as pool:
        tries = list(pool.map(lambda _: leases.begin_post("card", "run1", "C1"), range(64)))

    assert sum(lease is not None for lease in tries) == 1


def test_when_the_lease_is_over_one_finds_where_the_message_may_be(
    leases: MessageLeases, redis: Redis
) -> None:
    first = begin(leases)
    first.renew(span=timedelta(0))

    with ThreadPoolExecutor(16) as pool:
        tries = list(pool.map(lambda _: leases.begin_post("card", "run1", "C1"), range(64)))

    [found] = [lease for lease in tries if lease is not None]
    assert found.attempts.keys() == {"C1 1.1"}
    assert found.attempts["C1 1.1"].count == 1
    assert found.attempts["C1 1.1"].since == pytest.approx(redis.time()[0], abs=5)
    assert first.attempts == {}


def test_a_message_that_was_certainly_not_posted_is_nowhere(leases: MessageLeases) -> None:
    begin(leases).end()

    assert begin(leases).attempts == {}


def fail_over(redis: Redis, *, first_ago_s: float, last_ago_s: float) -> float:
    """Let processes have come here from another server; return when the first has, in s."""
    seconds, microseconds = redis.time()
    first_s = seconds + microseconds / 1e6 - first_ago_s
    life_ms = keys.failover.life_s * 1_000
    redis.set(keys.failover(), f"{first_s:.6f}", px=round(life_ms - last_ago_s * 1_000))
    return float(first_s)


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_after_a_failover_a_message_may_be_there_although_its_lease_is_not(
    leases: MessageLeases, redis: Redis
) -> None:
    fail_over(redis, first_ago_s=8, last_ago_s=1)
    assert leases.begin_post("card", "run1", "C1") is None

    first_s = fail_over(redis, first_ago_s=8, last_ago_s=4)
    attempt = begin(leases).attempts["C1 1.1"]

    assert attempt.since == pytest.approx(first_s - keys.failover.life_s, abs=0.1)
    assert attempt.count == 0
    assert not attempt.is_taken


def test_what_was_accepted_after_a_failover_is_posted_at_once(
    leases: MessageLeases, redis: Redis
) -> None:
    first_s = fail_over(redis, first_ago_s=2, last_ago_s=0)

    lease = leases.begin_post("card", "run1", "C1", since=at(first_s + 1.1))

    assert lease is not None
    assert lease.attempts == {}
    # The clock of the former primary may be fast.
    assert leases.begin_post("card", "run2", "C1", since=at(first_s + 0.9)) is None
    assert leases.begin_post("card", "run3", "C1", since=at(first_s - 60)) is None


def test_another_server_with_the_same_data_is_noticed_by_the_first_post(
    leases: MessageLeases, redis: Redis
) -> None:
    begin(leases)
    assert not redis.exists(keys.failover())

    redis.set(keys.server(), "0123456789abcdef")
    assert leases.begin_post("card", "run2", "C1") is None
    assert redis.get(keys.server()).decode() == redis.info("server")["run_id"]


@pytest.mark.parametrize("value", ["", "nonsense"])
def test_a_failover_as_older_versions_record_it_is_one(
    leases: MessageLeases, redis: Redis, value: str
) -> None:
    redis.set(keys.failover(), value, px=keys.failover.life_s * 1_000)
    assert leases.begin_post("card", "run1", "C1") is None

    redis.pexpire(keys.failover(), keys.failover.life_s * 1_000 - 4_000)
    assert begin(leases).attempts.keys() == {"C1 1.1"}


def test_posts_of_other_runs_and_kinds_do_not_wait(leases: MessageLeases) -> None:
    begin(leases)

    assert begin(leases, run_id="run2").attempts == {}
    assert begin(leases, "completion").attempts == {}


def test_who_has_lost_the_lease_neither_renews_nor_ends_that_of_another(
    leases: MessageLeases, short: None
) -> None:
    slow = begin(leases)
    quick = begin(leases)

    slow.end()
    assert not slow.renew({})
    assert quick.renew()


def test_where_it_may_be_is_recorded_with_its_time(leases: MessageLeases, short: None) -> None:
    first = begin(leases)
    first.renew({"U1": Attempt(count=2), "C1": Attempt(since=5, cursor="next", is_taken=True)})

    found = begin(leases).attempts
    assert found["C1"] == Attempt(since=5, cursor="next", is_taken=True)
    assert found["U1"].count == 2
    assert found["U1"].since == pytest.approx(first.now_s, abs=5)


@pytest.mark.parametrize("ended_ago_s", [0.0, 60.0])
def test_a_lease_of_version_0_2_says_when_but_not_where(
    leases: MessageLeases, redis: Redis, ended_ago_s: float
) -> None:
    now_s = redis.time()[0]
    redis.set(keys.post_lease("card", "run1"), now_s + 20, ex=60)
    assert leases.begin_post("card", "run1") is None

    redis.set(keys.post_lease("card", "run1"), now_s - ended_ago_s, ex=60)
    attempt = begin(leases).attempts[ANYWHERE]
    assert attempt.since == pytest.approx(now_s - ended_ago_s - 30, abs=1)
    assert attempt.count == 0


@pytest.mark.parametrize(
    "kept",
    ["nonsense", "[]", "{}", "null", "nan", '{"till": 0}', '{"till": 0, "tried": 3}']
    + [f'{{"till": 0, "tried": {tried}}}' for tried in ("[1]", '{"C1": 1}', '{"C1": {}}')],
)
def test_a_lease_that_cannot_be_read_is_over(
    leases: MessageLeases, redis: Redis, kept: str
) -> None:
    redis.set(keys.post_lease("card", "run1"), kept, ex=60)

    assert begin(leases).attempts == {ANYWHERE: Attempt(since=0)}


def test_an_open_fate_is_remembered_for_a_day(leases: MessageLeases, redis: Redis) -> None:
    begin(leases)

    day_s = timedelta(days=1).total_seconds()
    assert redis.ttl(keys.post_lease("card", "run1")) == pytest.approx(day_s, abs=5)


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
    update = leases.begin_update("run1")
    left, other = leases.update_under_way("run1"), leases.update_under_way("run2")
    leases.end_update("run1", update)

    assert left is not None
    assert timedelta(0) < left <= timedelta(seconds=60)
    assert other is None
    assert leases.update_under_way("run1") is None


def test_of_two_edits_under_way_none_ends_the_other(leases: MessageLeases) -> None:
    first, second = leases.begin_update("run1"), leases.begin_update("run1")

    leases.end_update("run1", first)
    assert leases.update_under_way("run1") is not None
    leases.end_update("run1", second)
    assert leases.update_under_way("run1") is None


def test_an_edit_of_version_0_2_is_no_obstacle(leases: MessageLeases, redis: Redis) -> None:
    redis.set(keys.update_lease("run1"), 1, px=10_000)

    leases.end_update("run1", leases.begin_update("run1"))
    assert leases.update_under_way("run1") is None
