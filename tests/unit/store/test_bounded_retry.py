"""A command of Redis is tried again, but its time is bounded."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError
from redis.exceptions import ConnectionError as RedisConnectionError

from odps_bot.store.bounded_retry import BoundedRetry
from odps_bot.store.connections import listener_redis, worker_redis

SLOW_NAMES_S = 20


class Outage:
    """A Redis whose name is looked up in vain, with a clock that shows how long that takes."""

    def __init__(self, *, retries: int = 8, within: timedelta = timedelta(seconds=30)) -> None:
        self.now_s = 0.0
        self.attempts = 0
        self.retry = BoundedRetry(NoBackoff(), retries, within=within, clock=lambda: self.now_s)

    def connect(self) -> None:
        self.attempts += 1
        self.now_s += SLOW_NAMES_S
        raise RedisConnectionError

    def command(self) -> None:
        """Connect with retries of its own, as redis-py does."""
        self.retry.call_with_retry(self.connect, lambda _: None)


def test_a_command_gives_up_within_a_minute_however_slow_names_are() -> None:
    outage = Outage()

    with pytest.raises(RedisConnectionError):
        outage.retry.call_with_retry(outage.command, lambda _: None)

    assert outage.now_s <= 60
    assert outage.attempts > 1


def test_a_short_outage_is_waited_for() -> None:
    outage = Outage()
    failing = iter([True, True, False])

    def command() -> str:
        outage.now_s += 1
        if next(failing):
            raise RedisConnectionError
        return "done"

    assert outage.retry.call_with_retry(command, lambda _: None) == "done"


def test_an_attempt_that_took_minutes_is_repeated_after_its_first_failure() -> None:
    outage = Outage()
    tries = iter([True, False])

    def read() -> str:
        if next(tries):
            outage.now_s += 600
            raise RedisConnectionError
        return "a job"

    assert outage.retry.call_with_retry(read, lambda _: None) == "a job"


def test_the_retries_of_a_connection_do_not_multiply_those_of_its_command() -> None:
    outage = Outage(retries=3, within=timedelta(hours=1))

    with pytest.raises(RedisConnectionError):
        outage.retry.call_with_retry(outage.command, lambda _: None)

    assert outage.attempts == 4


def test_a_wrong_password_is_not_tried_again() -> None:
    outage = Outage()

    def connect() -> None:
        outage.attempts += 1
        raise AuthenticationError("invalid username-password pair", status_code="WRONGPASS")

    with pytest.raises(AuthenticationError):
        outage.retry.call_with_retry(connect, lambda _: None)
    assert outage.attempts == 1


@pytest.mark.parametrize("connect", [worker_redis, listener_redis])
def test_every_read_has_a_deadline_of_seconds(connect: Callable[[str], Redis]) -> None:
    options = connect("redis://localhost:6379/0").connection_pool.connection_kwargs

    assert isinstance(options["retry"], BoundedRetry)
    assert options["socket_timeout"] <= 3
    assert options["socket_connect_timeout"] <= 1


def test_what_the_address_asks_for_wins() -> None:
    redis = worker_redis("redis://localhost:6379/0?socket_timeout=7")

    assert redis.connection_pool.connection_kwargs["socket_timeout"] == 7
