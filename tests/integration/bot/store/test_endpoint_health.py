"""Circuit breakers that all processes share. A Redis' clock goes on; tests move what is kept."""

from datetime import timedelta

import pytest
from redis import Redis

from odps_bot.store import keys
from odps_bot.store.endpoint_health import (
    FAILURES,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    PROBE_LEASE,
    Admitted,
    EndpointHealth,
)

HOST = ["service.example"]
SECOND = timedelta(seconds=1)


@pytest.fixture
def health(redis: Redis) -> EndpointHealth:
    return EndpointHealth(redis, random=lambda: 0.5)  # no jitter


@pytest.fixture
def pass_time(redis):
    """Return a function that lets time pass for the breakers."""

    def pass_time(span, *, names=HOST):
        for name in names:
            redis.hincrbyfloat(keys.endpoint_health(name), "until", -span.total_seconds())

    return pass_time


def fail(health, names=HOST, *, times=FAILURES, is_probe=False):
    return [health.failed(names, is_probe=is_probe) for _ in range(times)]


def is_admitted(health, names=HOST):
    return isinstance(health.admit(names), Admitted)


def test_a_few_failures_change_nothing(health):
    pauses = fail(health, times=FAILURES - 1)

    assert pauses == [None] * (FAILURES - 1)
    assert is_admitted(health)


def test_after_some_failures_in_a_row_nobody_asks(health):
    assert fail(health)[-1] == FIRST_PAUSE

    wait = health.admit(HOST)
    assert SECOND < wait <= FIRST_PAUSE
    assert SECOND < health.pause(HOST) <= FIRST_PAUSE


def test_a_success_in_between_makes_them_no_row(health):
    fail(health, times=FAILURES - 1)
    assert health.admit(HOST).is_trouble_known
    health.succeeded(HOST)
    fail(health, times=FAILURES - 1)

    assert is_admitted(health)


def test_where_all_is_well_a_success_need_not_be_recorded(health):
    assert not health.admit(HOST).is_trouble_known


def test_after_a_pause_one_asks_and_the_others_wait_for_it(health, pass_time):
    fail(health)
    pass_time(FIRST_PAUSE)

    assert health.pause(HOST) is None
    assert health.admit(HOST).is_probe
    assert not is_admitted(health)
    assert health.pause(HOST) <= SECOND


def test_a_probe_that_succeeds_closes_it(health, pass_time):
    fail(health)
    pass_time(FIRST_PAUSE)
    health.admit(HOST)
    health.succeeded(HOST)

    assert health.admit(HOST) == Admitted(is_probe=False, is_trouble_known=False)


def test_the_pause_doubles_with_each_probe_that_fails_up_to_a_minute(health, pass_time):
    fail(health)
    pauses = []
    for _ in range(7):
        pass_time(LONGEST_PAUSE)
        assert health.admit(HOST).is_probe
        pauses += fail(health, times=1, is_probe=True)

    assert [pause.total_seconds() for pause in pauses] == [4, 8, 16, 32, 60, 60, 60]


def test_pauses_are_spread(redis):
    for random, seconds in ((0.0, 1.5), (1.0, 2.5)):
        health = EndpointHealth(redis, random=lambda random=random: random)
        assert fail(health, [f"host {random}"])[-1] == timedelta(seconds=seconds)


def test_requests_from_before_do_not_make_the_pause_longer(health):
    fail(health)

    assert fail(health, times=4) == [None] * 4
    assert health.pause(HOST) <= FIRST_PAUSE


def test_a_probe_that_was_lost_with_its_process_is_replaced(health, pass_time):
    fail(health)
    pass_time(FIRST_PAUSE)
    health.admit(HOST)
    pass_time(PROBE_LEASE)

    assert health.admit(HOST).is_probe


def test_a_probe_that_was_never_sent_is_left_to_the_next_one(health, pass_time):
    fail(health)
    pass_time(FIRST_PAUSE)
    health.admit(HOST)
    health.withdraw(HOST)

    assert health.admit(HOST).is_probe


def test_a_project_in_trouble_does_not_hold_up_the_others_of_its_endpoint(health):
    sick, well = ["host", "host/sick"], ["host", "host/well"]
    for _ in range(FAILURES):
        health.failed(sick, is_probe=False)
        health.succeeded(well)

    assert not is_admitted(health, sick)
    assert is_admitted(health, well)


def test_a_busy_project_in_trouble_does_not_take_every_probe(health, pass_time):
    sick, well = ["host", "host/sick"], ["host", "host/well"]
    fail(health, sick)
    passed, is_probe = timedelta(0), False
    while not is_probe and passed < timedelta(minutes=10):
        wait = min(health.pause(names) or timedelta(0) for names in (sick, well))
        pass_time(wait, names=sick)
        passed += wait
        # Whoever asks more often comes first.
        if is_admitted(health, sick):
            fail(health, sick, times=1, is_probe=True)
        else:
            is_probe = health.admit(well).is_probe

    assert passed <= FIRST_PAUSE
    health.succeeded(well)
    fail(health, sick, times=1, is_probe=True)
    assert is_admitted(health, well)


def test_an_endpoint_in_trouble_is_asked_no_more_often_for_its_projects(health, pass_time):
    projects = [["host", "host/one"], ["host", "host/another"]]
    for names in projects:
        fail(health, names)
    for _ in range(10):
        for names in projects:
            pass_time(LONGEST_PAUSE, names=["host", "host/one", "host/another"])
            assert health.admit(names).is_probe
            fail(health, names, times=1, is_probe=True)

    assert health.pause(["host"]) > LONGEST_PAUSE / 2 - SECOND
    assert health.pause(projects[-1]) > LONGEST_PAUSE - SECOND


def test_trouble_is_forgotten_when_nobody_asks_any_more(health, redis):
    fail(health)

    assert 0 < redis.ttl(keys.endpoint_health(*HOST)) <= keys.endpoint_health.life_s
    assert keys.endpoint_health.life > LONGEST_PAUSE * 2


def test_no_pause_is_endless(health, redis):
    fail(health)
    redis.hset(keys.endpoint_health(*HOST), "until", "1e999")

    assert health.pause(HOST) <= 2 * LONGEST_PAUSE


@pytest.mark.parametrize("field", ["failures", "pauses", "until", "probing"])
def test_a_damaged_breaker_holds_up_nobody_for_good(health, redis, pass_time, field):
    fail(health)
    redis.hset(keys.endpoint_health(*HOST), field, "rubbish")
    fail(health)
    if redis.hexists(keys.endpoint_health(*HOST), "until") and field != "until":
        pass_time(LONGEST_PAUSE)

    assert is_admitted(health)


def test_a_breaker_that_is_none_is_forgotten(health, redis):
    redis.set(keys.endpoint_health(*HOST), "rubbish")
    assert is_admitted(health)

    redis.set(keys.endpoint_health(*HOST), "rubbish")
    fail(health)
    assert not is_admitted(health)
