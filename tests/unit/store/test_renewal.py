"""A lease is renewed by time, while the work goes on and no longer than it may."""

import threading
from datetime import timedelta

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from odps_bot.store.renewal import renewed

SOON, LONG = timedelta(milliseconds=1), timedelta(minutes=1)


class Lease:
    """Counts its renewals; the first ones find no Redis."""

    def __init__(self, *, failures: int = 0) -> None:
        self._failures = failures
        self.is_renewed = threading.Event()

    def renew(self) -> None:
        if self._failures:
            self._failures -= 1
            raise RedisConnectionError("gone")
        self.is_renewed.set()


@pytest.mark.parametrize("failures", [0, 2])
def test_it_is_renewed_while_the_work_goes_on(failures: int) -> None:
    lease = Lease(failures=failures)

    with renewed(lease.renew, every=SOON, at_most=LONG):
        assert lease.is_renewed.wait(10)

    assert not [thread for thread in threading.enumerate() if thread.name == "lease"]


def test_who_hangs_loses_it_at_last() -> None:
    lease = Lease()

    with renewed(lease.renew, every=SOON, at_most=timedelta(0)):
        # It may have ended by now.
        for thread in [one for one in threading.enumerate() if one.name == "lease"]:
            thread.join(10)

    assert not lease.is_renewed.is_set()


def test_work_that_is_soon_done_renews_nothing() -> None:
    lease = Lease()

    with renewed(lease.renew, every=LONG, at_most=LONG):
        pass

    assert not lease.is_renewed.is_set()
