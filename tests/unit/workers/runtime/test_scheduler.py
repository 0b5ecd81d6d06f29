"""Scheduled jobs are moved by a thread that ends with its worker and outlives Redis' troubles."""

import threading
from types import SimpleNamespace

import pytest
from redis.exceptions import ConnectionError as NoRedisError
from redis.exceptions import ReadOnlyError

from workers.runtime import scheduler
from workers.runtime.scheduler import INTERVAL_S, schedule_until


@pytest.mark.parametrize(
    "errors", [[], [NoRedisError("refused")], [ReadOnlyError("READONLY")], [ZeroDivisionError()]]
)
def test_it_goes_on_after_errors(monkeypatch, errors):
    stop, turns, closed, count = threading.Event(), [], [], len(errors)

    def enqueue_due():
        if errors:
            raise errors.pop(0)
        stop.set()

    monkeypatch.setattr(scheduler, "INTERVAL_S", 0.0)
    pool = SimpleNamespace(disconnect=lambda **_: closed.append(1))
    services = SimpleNamespace(
        jobs=SimpleNamespace(enqueue_due=enqueue_due),
        redis=SimpleNamespace(connection_pool=pool),
    )
    schedule_until(stop, services, on_tick=lambda: turns.append(1))

    assert len(turns) == count + 1


def test_a_poll_comes_half_a_second_late_at_most():
    assert INTERVAL_S == 0.5
