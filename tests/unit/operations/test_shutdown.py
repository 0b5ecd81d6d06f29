"""A process that is told to end does so: kindly, at once, or when its time is over."""

import logging
import os
import signal
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from odps_bot import bot
from odps_bot.operations.shutdown import GracefulShutdown, on_signals
from workers.runtime import process

LONG = timedelta(hours=1)


class Ends:
    """Remembers how the process would have ended."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.has_ended = threading.Event()

    def __call__(self, status: int, say: Callable[[], None]) -> None:
        say()
        self.statuses.append(status)
        self.has_ended.set()


def test_asked_once_it_may_end_what_it_is_at() -> None:
    ends = Ends()
    stopping = GracefulShutdown(within=LONG, end=ends)
    assert not stopping.requested.is_set()

    stopping.request()

    assert stopping.requested.is_set()
    assert ends.statuses == []


def test_the_bot_may_take_15_seconds_to_stop_and_a_worker_25() -> None:
    assert timedelta(seconds=15) == bot.STOP_WITHIN
    assert timedelta(seconds=25) == process.STOP_WITHIN


def test_asked_again_a_second_later_it_ends_at_once(caplog: pytest.LogCaptureFixture) -> None:
    ends, now_s = Ends(), [10.0]
    stopping = GracefulShutdown(within=LONG, end=ends, name="the worker", clock=lambda: now_s[0])
    stopping.request()

    now_s[0] = 11.0
    stopping.request()

    assert ends.statuses == [143]
    assert "the worker received a second stop signal" in caplog.text


def test_a_second_signal_at_the_same_time_is_the_same_request() -> None:
    ends, now_s = Ends(), [10.0]
    stopping = GracefulShutdown(within=LONG, end=ends, clock=lambda: now_s[0])
    stopping.request()

    # Ctrl-C and a process manager each send one.
    now_s[0] = 10.9
    stopping.request()

    assert stopping.requested.is_set()
    assert ends.statuses == []


def test_a_signal_is_heard_also_when_the_main_thread_does_not_wake() -> None:
    wakeup_fds: list[int] = []
    handled: list[int] = []
    stopping = GracefulShutdown(within=LONG, end=Ends())
    on_signals(
        {signal.SIGTERM},
        stopping.request,
        set_wakeup_fd=lambda fd, **_: wakeup_fds.append(fd),
        handle=lambda number, _handler: handled.append(number),
    )
    [wakeup_fd] = wakeup_fds

    # The interpreter writes this at once; its handlers run when the main thread goes on.
    os.write(wakeup_fd, bytes([signal.SIGCHLD]))
    assert not stopping.requested.wait(0.05)
    os.write(wakeup_fd, bytes([signal.SIGTERM]))

    assert stopping.requested.wait(5)
    assert handled == [signal.SIGTERM]


def test_when_its_time_is_over_it_ends_whatever_it_is_at(caplog: pytest.LogCaptureFixture) -> None:
    ends = Ends()

    with caplog.at_level(logging.WARNING):
        GracefulShutdown(within=timedelta(milliseconds=10), end=ends).request()

        assert ends.has_ended.wait(5)
    assert ends.statuses == [143]
    assert "other processes take over" in caplog.text
