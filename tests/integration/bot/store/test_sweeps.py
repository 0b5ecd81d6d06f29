"""Who sweeps, and what the sweeps remember."""

from datetime import timedelta

import pytest
from redis import Redis

from odps_bot.alerts.observations import ObservationStore
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

    assert 0 < redis.pttl(keys.sweep_lease("p")) <= 10_000


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


def test_what_was_seen_is_kept_until_the_next_sweep(sweeps):
    sweeps.remember("p", {"i1": "10", "i2": "20"}, [])
    sweeps.remember("p", {"i1": "15"}, ["i2"])

    assert sweeps.last_seen("p") == {"i1": "15"}


def test_progress_that_a_poll_was_requested_for_counts_as_seen_when_it_was_made(sweeps):
    sweeps.remember("p", {"i1": "10", "i2": "20"}, [])
    sweeps.request_polls({"run1": "15", "run2": ""})
    assert sweeps.last_seen("p") == {"i1": "10", "i2": "20"}
    for instance_id, run_id in (("i1", "run1"), ("i2", "run2"), ("i3", "run3")):
        sweeps.polled("p", instance_id, run_id)

    assert sweeps.last_seen("p") == {"i1": "15", "i2": "20"}


def test_the_last_twenty_durations_of_a_statement_and_300_letters_of_a_refusal_are_kept(redis):
    observations = ObservationStore(redis)
    for minutes in range(50):
        observations.remember_duration("p", "f", timedelta(minutes=minutes))
    observations.remember_refusal("p", "x" * 1_000)

    durations = observations.durations("p", "f")
    assert durations == [timedelta(minutes=minutes) for minutes in range(49, 29, -1)]
    assert len(observations.refusal("p")) == 300
