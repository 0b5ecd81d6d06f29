"""A process that does not work any more ends, and says to systemd that it is well until then."""

import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from odps_bot.operations.watchdog import SystemdNotifier, Watchdog, watchdog_period, watched


class Supervisor:
    """Listens as systemd does."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.settimeout(10)

    def received(self) -> list[str]:
        """Return what has come in, without waiting."""
        messages = []
        self._socket.setblocking(False)
        try:
            while True:
                messages.append(self._socket.recv(4096).decode())
        except BlockingIOError:
            return messages
        finally:
            self._socket.settimeout(10)

    def wait(self) -> str:
        """Return the next message."""
        return self._socket.recv(4096).decode()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def address(tmp_path: Path) -> str:
    return str(tmp_path / "notify")


@pytest.fixture
def supervisor(address: str) -> Iterator[Supervisor]:
    supervisor = Supervisor(address)
    yield supervisor
    supervisor.close()


class Process:
    """A process whose state a test decides."""

    def __init__(self, address: str = "") -> None:
        self.problem: str | None = None
        self.is_stopping = False
        self.ended: list[int] = []
        self.watchdog = Watchdog(
            {"pulse": lambda: self.problem},
            notifier=SystemdNotifier({"NOTIFY_SOCKET": address}),
            is_stopping=lambda: self.is_stopping,
            end=self._end,
        )

    def _end(self, status: int, say: Callable[[], None]) -> None:
        say()
        self.ended.append(status)

    def turn(self, times: int) -> None:
        for _ in range(times):
            self.watchdog.check()


def test_a_process_that_is_well_says_so_and_goes_on(supervisor: Supervisor, address: str) -> None:
    process = Process(address)

    process.turn(2)

    assert supervisor.received() == ["READY=1\nWATCHDOG=1"] * 2
    assert process.ended == []


def test_a_process_that_hangs_does_not_say_that_it_is_well(
    supervisor: Supervisor, address: str
) -> None:
    process = Process(address)
    process.problem = "no progress for 130 s"

    process.turn(2)

    assert supervisor.received() == []


def test_a_process_that_stays_unwell_ends_and_says_why(caplog: pytest.LogCaptureFixture) -> None:
    process = Process()
    process.problem = "no progress for 130 s"

    process.turn(2)
    assert process.ended == []
    process.turn(1)

    assert process.ended == [2]
    assert "pulse: no progress for 130 s" in caplog.text


def test_a_process_that_was_only_suspended_goes_on() -> None:
    process = Process()
    for problem in ("no progress for 130 s", "no progress for 140 s", None) * 3:
        process.problem = problem
        process.turn(1)

    assert process.ended == []


def test_a_process_that_is_told_to_stop_is_left_its_time(
    supervisor: Supervisor, address: str
) -> None:
    process = Process(address)
    process.problem = "its thread has ended"
    process.is_stopping = True

    process.turn(5)

    assert process.ended == []
    assert set(supervisor.received()) == {"STOPPING=1\nWATCHDOG=1"}


def test_systemd_hears_that_it_is_ready_then_well_then_that_it_stops(
    supervisor: Supervisor, address: str
) -> None:
    environ = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "300000"}

    with watched({"pulse": lambda: None}, is_stopping=lambda: False, environ=environ):
        assert supervisor.wait() == "READY=1"
        # Again: the first message may have been lost.
        assert supervisor.wait() == "READY=1\nWATCHDOG=1"

    assert supervisor.received()[-1] == "STOPPING=1"


def test_an_abstract_socket_is_reached() -> None:
    supervisor = Supervisor("\0odps-bot-test-watchdog")
    try:
        SystemdNotifier({"NOTIFY_SOCKET": "@odps-bot-test-watchdog"}).send("READY=1")

        assert supervisor.received() == ["READY=1"]
    finally:
        supervisor.close()


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": "/nobody/listens/here"}])
def test_without_systemd_nothing_happens(environ: dict[str, str]) -> None:
    SystemdNotifier(environ).send("READY=1")

    with watched({}, is_stopping=lambda: False, environ=environ):
        pass


@pytest.mark.parametrize(
    ("microseconds", "period_s"),
    [("60000000", 5), ("9000000", 3), ("0", 5), ("", 5), ("soon", 5)],
)
def test_it_speaks_often_enough_for_systemd(microseconds: str, period_s: int) -> None:
    period = watchdog_period({"WATCHDOG_USEC": microseconds})

    assert period == timedelta(seconds=period_s)
