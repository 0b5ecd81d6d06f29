"""A command of Redis is tried again, but its time is bounded."""

from datetime import timedelta

import pytest
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError

from odps_bot.store.bounded_retry import BoundedRetry
from odps_bot.store.connections import worker_redis

SLOW_NAMES_S = 20


class Outage:
    """A Redis whose name is looked up in vain, with a clock that shows how long that takes."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.attempts = 0
        self.retry = BoundedRetry(
            NoBackoff(), 8, within=timedelta(seconds=30), clock=lambda: self.now_s
        )

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


def test_a_worker_is_patient_but_not_for_two_minutes() -> None:
    options = worker_redis("redis://localhost:6379/0").connection_pool.connection_kwargs

    assert isinstance(options["retry"], BoundedRetry)
    assert options["socket_timeout"] == 5


def test_a_read_that_waited_for_minutes_is_tried_again_after_a_short_outage() -> None:
    of_rq = worker_redis("redis://localhost:6379/0", is_blocking=True)
    tries = iter([True, False])

    def read() -> str:
        if next(tries):
            raise RedisConnectionError
        return "a job"

    retry = of_rq.connection_pool.connection_kwargs["retry"]
    assert not isinstance(retry, BoundedRetry)
    assert retry.call_with_retry(read, lambda _: None) == "a job"
