"""Who sweeps, and what the sweeps remember."""

from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from odps_bot.alerts.observations import Observation, ObservationStore, Scan
from odps_bot.store import keys
from odps_bot.store.sweeps import Sweeps


@pytest.fixture
def sweeps(redis: Redis) -> Sweeps:
    return Sweeps(redis)


def test_a_project_is_swept_by_one_at_a_time(sweeps):
    assert sweeps.begin("p", "one")
    assert not sweeps.begin("p", "two")

    sweeps.end("p", "two")
    assert not sweeps.begin("p", "two")
    sweeps.end("p", "one")
    assert sweeps.begin("p", "two")


def test_a_lease_that_was_lost_cannot_be_renewed(sweeps, redis):
    sweeps.begin("p", "one")
    redis.delete(keys.sweep_lease("p"))
    sweeps.begin("p", "two")

    assert not sweeps.renew("p", "one")
    assert sweeps.renew("p", "two")


def test_the_lease_of_a_dead_sweeper_runs_out(sweeps, redis):
    sweeps.begin("p", "one")

    assert 0 < redis.pttl(keys.sweep_lease("p")) <= 40_000


def test_it_is_nobodys_turn_where_nothing_is_watched(sweeps, redis):
    assert not sweeps.take_turn("p")

    redis.zadd(keys.watched("p"), {"i r": 0})
    assert sweeps.take_turn("p")
    assert not sweeps.take_turn("p")


def test_trust_ends_at_once_when_a_sweep_fails(sweeps):
    assert not sweeps.are_trusted("p")
    sweeps.succeeded("p")
    assert sweeps.are_trusted("p")
    sweeps.failed("p")
    assert not sweeps.are_trusted("p")


def test_a_poll_is_requested_once_in_a_while(sweeps):
    assert sweeps.request_polls({"a": "", "b": ""}) == ["a", "b"]
    assert sweeps.request_polls({"b": "", "c": ""}) == ["c"]


def test_a_lease_that_ran_out_is_taken_again_unless_somebody_has_it(sweeps, redis):
    sweeps.begin("p", "one")
    redis.delete(keys.sweep_lease("p"))

    assert sweeps.renew("p", "one")
    assert not sweeps.begin("p", "two")


def test_trust_lasts_while_a_sweep_goes_on_and_is_not_made_by_it(sweeps, redis):
    sweeps.begin("p", "one")
    sweeps.renew("p", "one")
    assert not sweeps.are_trusted("p")

    sweeps.succeeded("p")
    redis.expire(keys.swept("p"), 2)
    sweeps.renew("p", "one")
    assert redis.ttl(keys.swept("p")) > 20


def test_what_was_seen_is_kept_for_what_is_watched(sweeps):
    sweeps.remember("p", {"i1": "10", "i2": "20"})
    sweeps.remember("p", {"i1": "15"})

    assert sweeps.last_seen("p", ["i1", "i3"]) == {"i1": "15"}
    assert sweeps.last_seen("p", ["i1", "i2"]) == {"i1": "15"}
    assert sweeps.last_seen("p", []) == {}


def test_what_a_former_version_left_behind_is_removed_part_by_part(sweeps, redis):
    left = {f"old{n}": "99" for n in range(2_500)}
    redis.hset(keys.progress("p"), mapping={**left, "i1": "10"})
    counts = []
    for _ in range(3):
        assert sweeps.last_seen("p", ["i1"]) == {"i1": "10"}
        counts.append(redis.hlen(keys.progress("p")))

    assert counts == [1_501, 501, 1]


def test_what_has_ended_leaves_nothing_behind(sweeps, redis):
    sweeps.remember("p", {"i1": "10"})
    sweeps.remember_doubtful("p", "i1")
    sweeps.forget("p", "i1")

    assert not redis.exists(keys.progress("p"), keys.doubtful_instances("p"))


def test_a_doubtful_instance_is_given_once_when_it_was_seen_running(sweeps, redis):
    for name in ("i1", "i2", "gone", "unwatched"):
        sweeps.remember_doubtful("p", name)

    watched = ["i1", "i2", "gone"]
    first = sweeps.take_doubtful("p", watched, ["i1", "i2"], limit=1)
    second = sweeps.take_doubtful("p", watched, ["i1", "i2"], limit=1)

    assert sorted(first + second) == ["i1", "i2"]
    assert redis.smembers(keys.doubtful_instances("p")) == {b"gone"}


def test_a_project_that_was_taken_out_is_known_until_nothing_is_watched_in_it(sweeps, redis):
    redis.zadd(keys.watched("old"), {"i r": 0})
    for project in ("old", "new", "empty"):
        sweeps.remember_project(project)

    assert sweeps.watched_projects(["new"]) == ["new", "old"]
    assert redis.smembers(keys.watched_projects()) == {b"new", b"old"}


def test_only_what_sweeps_do_not_see_to_is_unswept(sweeps, redis):
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    minutes_ago = {"i1 r1": 50, "i2 r2": 1, "i3 r3": 60}
    scores = {one: noon.timestamp() - 60 * ago for one, ago in minutes_ago.items()}
    redis.zadd(keys.watched("p"), scores)
    since = noon - timedelta(minutes=2)

    assert sweeps.unswept("p", polled_before=since, limit=9) == ["r3", "r1"]
    assert sweeps.unswept("p", polled_before=since, limit=1) == ["r3"]
    sweeps.succeeded("p")
    assert sweeps.unswept("p", polled_before=since, limit=9) == []


def test_progress_that_a_poll_was_requested_for_counts_as_seen_when_it_was_made(sweeps):
    instances = ["i1", "i2", "i3"]
    sweeps.remember("p", {"i1": "10", "i2": "20"})
    sweeps.request_polls({"run1": "15", "run2": ""})
    assert sweeps.last_seen("p", instances) == {"i1": "10", "i2": "20"}
    for instance_id, run_id in (("i1", "run1"), ("i2", "run2"), ("i3", "run3")):
        sweeps.polled("p", instance_id, run_id, is_prompted=True)

    assert sweeps.last_seen("p", instances) == {"i1": "15", "i2": "20"}


def test_a_prompted_poll_that_took_its_time_is_not_requested_for_the_same_again(sweeps, redis):
    sweeps.remember("p", {"i1": "10", "i2": "20"})
    sweeps.request_polls({"run1": "15"})
    redis.delete(keys.poll_requested("run1"))
    sweeps.polled("p", "i1", "run1", is_prompted=True)
    sweeps.polled("p", "i2", "run2", is_prompted=False)

    assert sweeps.last_seen("p", ["i1", "i2"]) == {"i2": "20"}


def observed(name):
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    return Observation(instance_id=name, started_at=noon, found_at=noon)


def test_an_instance_that_was_polled_is_removed_however_often_that_is_said(redis):
    observations = ObservationStore(redis)
    observations.enqueue_ended("p", [observed("i1")], now=observed("i1").found_at)
    for _ in range(2):
        observations.remove_ended("p", [observed("i1")])

    assert observations.ended("p", now=observed("i1").found_at, limit=9) == []


def test_an_instance_that_an_earlier_version_has_enqueued_is_removed_too(redis):
    observations = ObservationStore(redis)
    record = (
        b'{"instance_id":"i1","owner":null,"started_at":"2026-11-22T12:00:00Z",'
        b'"found_at":"2026-11-22T12:00:00Z"}'
    )
    redis.zadd(keys.ended_instances("p"), {record: 0})
    observations.remove_ended("p", observations.ended("p", now=observed("i1").found_at, limit=9))

    assert redis.zcard(keys.ended_instances("p")) == 0


def test_a_scan_that_is_finished_is_forgotten(redis):
    observations = ObservationStore(redis)
    noon = observed("i1").found_at
    scan = Scan(began=noon, since=noon - timedelta(days=2)).at("page2")
    observations.remember_scan("p", scan)
    assert observations.scan("p") == scan

    observations.mark_scanned("p", noon, forget_before=noon)
    assert observations.scan("p") is None


def test_the_durations_of_an_earlier_version_are_read_and_300_letters_of_a_refusal_kept(redis):
    observations = ObservationStore(redis)
    redis.rpush(keys.durations("p", "f"), "120.5", "nonsense", 60)
    observations.remember_refusal("p", "x" * 1_000)

    assert observations.durations("p", "f") == [timedelta(seconds=120.5), timedelta(minutes=1)]
    assert len(observations.refusal("p")) == 300


def test_progress_is_listed_in_one_of_so_many_sweeps_while_they_are_trusted(sweeps, redis):
    sweeps.succeeded("p")

    turns = [sweeps.take_progress_turn("p", every=5, watched=5_000) for _ in range(3)]
    assert turns == [True, False, False]
    assert 20_000 < redis.pttl(keys.progress_turn("p")) <= 22_500
    sweeps.failed("p")
    assert sweeps.take_progress_turn("p", every=5, watched=5_000)


def test_a_hundred_thousand_instances_are_listed_less_often_than_ten_thousand(sweeps, redis):
    def turn_ms(watched):
        redis.delete(keys.sweep_turn("p"))
        redis.set(keys.watched_total(), watched)
        assert sweeps.take_turn("p")
        return redis.pttl(keys.sweep_turn("p"))

    redis.zadd(keys.watched("p"), {"i1 r1": 0})
    assert 4_500 < turn_ms(10_000) <= 5_000
    assert 6_200 < turn_ms(100_000) <= 6_667
    assert 14_500 < turn_ms(10**9) <= 15_000


def test_the_watched_instances_of_all_projects_are_counted_for_a_minute(sweeps, redis):
    redis.zadd(keys.watched("p"), {"i1 r1": 0, "i2 r2": 0})
    redis.zadd(keys.watched("q"), {"i3 r3": 0})

    assert sweeps.watched_total() == 0
    sweeps.count_watched(["p", "q", "nothing"])

    assert sweeps.watched_total() == 3
    assert sweeps.reading_trust("p").run(redis) == (False, 3)
    assert 55_000 < redis.pttl(keys.watched_total()) <= 60_000
