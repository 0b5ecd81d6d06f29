"""Parked jobs are moved by a thread that ends with its worker and outlives Redis' troubles."""

import threading

import pytest
from redis.exceptions import ConnectionError as NoRedisError

from workers.runtime import scheduler
from workers.runtime.scheduler import INTERVAL_S, schedule_until


class Scheduler:
    """RQ's scheduler, which fails as told."""

    def __init__(self, stop, errors):
        self.stop, self.errors, self.calls = stop, errors, []

    def acquire_locks(self):
        self.calls.append("acquire")
        if self.errors:
            raise self.errors.pop(0)

    def enqueue_scheduled_jobs(self):
        self.calls.append("enqueue")
        self.stop.set()

    def release_locks(self):
        self.calls.append("release")
        raise NoRedisError("gone")


@pytest.mark.parametrize("errors", [[], [NoRedisError("refused")], [ZeroDivisionError()]])
def test_it_goes_on_after_errors_and_releases_its_locks(monkeypatch, errors):
    stop, turns, count = threading.Event(), [], len(errors)
    ours = Scheduler(stop, errors)
    monkeypatch.setattr(scheduler, "RQScheduler", lambda *_args, **_options: ours)
    monkeypatch.setattr(scheduler, "INTERVAL_S", 0.0)
    schedule_until(stop, None, on_tick=lambda: turns.append(1))

    assert ours.calls == ["acquire"] * count + ["acquire", "enqueue", "release"]
    assert len(turns) == count + 1


def test_jobs_are_moved_every_second():
    assert INTERVAL_S == 1
